// /api/exec/{id}/tasks/{task}/terminal: people at a command's terminal, by WebSocket (docs/terminals.md).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "api/api.hpp"
#include "api/asciicast.hpp"
#include "api/terminal_socket.hpp"
#include "http/reply.hpp"
#include "http/upgrade.hpp"

namespace server {
namespace {

using agent::Task;
using agent::net::Clock;
using Socket = std::shared_ptr<agent::net::WebSocket>;

constexpr std::size_t kClientLimit = 64;

void check_client(std::string_view client) {
  const bool is_plain = std::all_of(client.begin(), client.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
  if (!is_plain || client.size() > kClientLimit)
    throw RequestError(400,
                       fmt::format("bad param: client: at most {} letters, digits and '-'", kClientLimit));
}

// Two lines in the audit log, the second one also when everything is torn down.
class AuditedVisit {
 public:
  AuditedVisit(Audit& audit, const Request& request, const Command& command, bool types)
      : audit_(audit),
        who_(request.token_name),
        from_(request.remote_address),
        agent_(command.agent()),
        task_(command.id()) {
    write("terminal", types ? "to type" : "to watch", "");
  }
  ~AuditedVisit() {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    write("terminal_end", "", fmt::format("{} ms", took.count()));
  }
  AuditedVisit(const AuditedVisit&) = delete;
  AuditedVisit& operator=(const AuditedVisit&) = delete;

 private:
  void write(std::string_view action, std::string_view what, std::string_view result) {
    audit_.write({.action = action,
                  .who = who_,
                  .from = from_,
                  .agent = agent_,
                  .command_id = task_,
                  .what = what,
                  .result = result});
  }

  Audit& audit_;
  const std::string who_;
  const std::string from_;
  const std::string agent_;
  const std::string task_;
  const Clock::time_point began_ = Clock::now();
};

struct Visit {
  std::shared_ptr<Command> command;
  TerminalGuest guest;
  std::chrono::milliseconds quiet;
};

Task<> attend([[maybe_unused]] std::shared_ptr<AuditedVisit> until_then, Visit what, Socket socket) {
  const auto terminal = std::make_shared<TerminalSocket>(std::move(what.command), std::move(socket),
                                                         std::move(what.guest), what.quiet);
  co_await TerminalSocket::serve(terminal);
}

TerminalGuest guest_of(const Request& request) {
  TerminalGuest guest;
  guest.client = request.arguments.text("client");
  check_client(guest.client);
  guest.who = request.token_name.empty() ? request.remote_address : request.token_name;
  const std::int64_t offset = request.arguments.integer("offset");
  if (offset >= 0) guest.offset = static_cast<std::uint64_t>(offset);
  guest.types = request.arguments.integer("watch") == 0;
  return guest;
}

Reply terminal(Api& api, Request& request) {
  const std::string& agent = request.arguments.text("id");
  api.commands().check_known(agent);
  Visit visit;
  visit.command = api.commands().find(agent, request.arguments.text("task"));
  visit.guest = guest_of(request);
  visit.guest.types = visit.guest.types && visit.command->takes_input();
  visit.quiet = api.options().quiet_limit;
  Reply reply = upgrade_reply(request.head);
  if (reply.status != 101) return reply;
  auto audited = std::make_shared<AuditedVisit>(api.audit(), request, *visit.command, visit.guest.types);
  reply.socket = [audited = std::move(audited), visit = std::move(visit)](Socket socket) {
    return attend(audited, visit, std::move(socket));
  };
  return reply;
}

Reply recording(Api& api, Request& request) {
  const std::string& agent = request.arguments.text("id");
  api.commands().check_known(agent);
  return asciicast_reply(api.commands().find(agent, request.arguments.text("task")));
}

void add_recording_route(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/exec/{id}/tasks/{task}/recording";
  route.summary = "What was recorded of its terminal until now (tasks.record), as asciicast v2";
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"},
                      {.name = "task", .in = In::path, .summary = "task id"}};
  route.content_type = "application/x-asciicast";
  route.at_agent = "id";
  route.handler = ReplyHandler([&api](Request& request) { return recording(api, request); });
  router.add(std::move(route));
}

}  // namespace

void add_terminal_routes(Router& router, Api& api) {
  add_recording_route(router, api);
  Route route;
  route.method = "GET";
  route.pattern = "/api/exec/{id}/tasks/{task}/terminal";
  route.summary = "Watch a task, and type for it if it takes input; becomes a WebSocket (docs/terminals.md)";
  route.parameters = {
      {.name = "id", .in = In::path, .summary = "agent id"},
      {.name = "task", .in = In::path, .summary = "task id"},
      {.name = "offset",
       .type = Type::integer,
       .summary = "first byte of the output; without it the last 256 KiB are shown",
       .fallback = -1,
       .min = -1},
      {.name = "client", .summary = "the client's own name, under which its input is counted"},
      {.name = "watch", .type = Type::integer, .summary = "1: never type", .fallback = 0, .min = 0}};
  route.content_type = "application/octet-stream";
  route.at_agent = "id";
  route.handler = ReplyHandler([&api](Request& request) { return terminal(api, request); });
  router.add(std::move(route));
}

}  // namespace server
