#include "api/exec_output.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "agent/base64.hpp"
#include "agent/error.hpp"
#include "http/body_writer.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::Task;

// The body does not end as it should when the output was not kept whole: the client sees that it is not all.
Task<> follow(std::shared_ptr<Command> command, std::uint64_t offset, BodyWriter* writer) {
  for (bool more = true; more && !writer->client_gone();) {
    const OutputPiece piece = co_await next_output(command, offset, kQuietLimit);
    if (!piece.bytes.empty()) writer->write(piece.bytes);
    offset += piece.bytes.size();
    more = !piece.is_last;
    co_await writer->room();
    if (piece.is_cut) throw Error(Errc::io, "not all of the output was kept");
  }
}

struct OutputEvent {
  std::uint64_t offset = 0;
  std::string data;
  static void fields(auto& field) {
    field("offset", &OutputEvent::offset);
    field("data", &OutputEvent::data);
  }
};

void write_output_event(BodyWriter& writer, std::uint64_t offset, std::string_view bytes) {
  const OutputEvent event{.offset = offset, .data = agent::encode_base64(bytes)};
  write_event(writer, "output", agent::json::encode(event), std::to_string(offset + bytes.size()));
}

Task<> follow_as_events(std::shared_ptr<Command> command, std::uint64_t offset,
                        std::chrono::milliseconds quiet, BodyWriter* writer) {
  for (bool more = true; more && !writer->client_gone();) {
    const OutputPiece piece = co_await next_output(command, offset, quiet);
    if (piece.bytes.empty()) {
      write_event_comment(*writer);
    } else {
      write_output_event(*writer, offset, piece.bytes);
    }
    offset += piece.bytes.size();
    more = !piece.is_last;
    co_await writer->room();
  }
  write_event(*writer, "end", agent::json::encode(command->view()));
}

Reply event_reply(std::shared_ptr<Command> command, std::uint64_t offset, std::chrono::milliseconds quiet) {
  return endless_reply("text/event-stream", [command, offset, quiet](BodyWriter* writer) {
    return follow_as_events(command, offset, quiet, writer);
  });
}

Reply follow_reply(std::shared_ptr<Command> command, std::uint64_t offset) {
  return endless_reply("application/octet-stream",
                       [command, offset](BodyWriter* writer) { return follow(command, offset, writer); });
}

// Where an event stream that was cut goes on: the id of the last event.
std::uint64_t first_offset(const Request& request) {
  const std::string_view last = request.head.header("Last-Event-ID");
  std::uint64_t offset = static_cast<std::uint64_t>(request.arguments.integer("offset"));
  if (!last.empty()) std::from_chars(last.data(), last.data() + last.size(), offset);
  return offset;
}

std::shared_ptr<Command> find_command(Api& api, const Request& request) {
  const std::string& agent = request.arguments.text("id");
  api.commands().check_known(agent);
  return api.commands().find(agent, request.arguments.text("task"));
}

Reply output(Api& api, Request& request) {
  std::shared_ptr<Command> command = find_command(api, request);
  const std::uint64_t offset = first_offset(request);
  if (request.head.header("Accept").find("text/event-stream") != std::string_view::npos)
    return event_reply(std::move(command), offset, api.options().quiet_limit);
  if (request.arguments.integer("follow") != 0) return follow_reply(std::move(command), offset);
  const OutputRange range = output_since(*command, offset);
  return range_reply(std::move(command), range);
}

Payload show_command(Api& api, Request& request) { return payload(find_command(api, request)->view()); }

Payload list_commands(Api& api, Request& request) {
  const auto records = api.commands().records(request.arguments.text("id"));
  return records && !records->empty() ? payload(*records) : Payload{"[]"};
}

}  // namespace

std::shared_ptr<Command> find_pty(Api& api, const std::string& agent, std::int64_t pid) {
  api.commands().check_known(agent);
  try {
    return api.commands().find_pid(agent, pid);
  } catch (const Error& error) {
    throw Error(error.code(), "task");
  }
}

Reply range_reply(std::shared_ptr<Command> command, OutputRange range) {
  Reply reply;
  reply.content_type = "application/octet-stream";
  reply.headers = {{"X-Task-State", range.of.state},
                   {"X-Output-Size", std::to_string(range.of.output_size)},
                   {"X-Output-Truncated", range.of.truncated ? "true" : "false"}};
  if (!range.of.ended_by.empty()) reply.headers.emplace_back("X-Ended-By", range.of.ended_by);
  if (auto bytes = output_at_hand(*command, range.begin, range.end)) {
    reply.body = std::move(*bytes);
    return reply;
  }
  reply.length = range.end - range.begin;
  reply.stream = stream_of(output_part(std::move(command), range.begin, range.end));
  return reply;
}

void add_exec_output_routes(Router& router, Api& api) {
  const Parameter agent{.name = "id", .in = In::path, .summary = "agent id"};
  const Parameter command{.name = "task", .in = In::path, .summary = "task id"};

  Route list;
  list.method = "GET";
  list.pattern = "/api/exec/{id}/tasks";
  list.summary = "The tasks of an agent: those that run, and results that are kept";
  list.parameters = {agent};
  list.schema = schema_of<std::vector<CommandRecord>>();
  list.at_agent = "id";
  list.handler = PayloadHandler([&api](Request& request) { return list_commands(api, request); });
  router.add(std::move(list));

  Route show;
  show.method = "GET";
  show.pattern = "/api/exec/{id}/tasks/{task}";
  show.summary = "One task";
  show.parameters = {agent, command};
  show.schema = schema_of<CommandRecord>();
  show.at_agent = "id";
  show.handler = PayloadHandler([&api](Request& request) { return show_command(api, request); });
  router.add(std::move(show));

  Route read;
  read.method = "GET";
  read.pattern = "/api/exec/{id}/tasks/{task}/output";
  read.summary =
      "Its output from an offset on; as an event stream (Accept: text/event-stream) or with "
      "follow=1 up to its end";
  read.parameters = {
      agent,
      command,
      {.name = "offset", .type = Type::integer, .summary = "first byte", .fallback = 0, .min = 0},
      {.name = "follow",
       .type = Type::integer,
       .summary = "1: go on until it ends",
       .fallback = 0,
       .min = 0}};
  read.content_type = "application/octet-stream";
  read.at_agent = "id";
  read.handler = ReplyHandler([&api](Request& request) { return output(api, request); });
  router.add(std::move(read));
}

}  // namespace server
