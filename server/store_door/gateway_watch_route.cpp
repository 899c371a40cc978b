// POST /v3/watch: one watch, as etcd's JSON gateway has it: a stream of JSON lines.
//
// One create_request per request: what its body says behind that is not read. With progress_notify there is a
// line of progress every few seconds; without it a watch that has nothing to tell is silent, as etcd's.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/body_writer.hpp"
#include "store_door/gateway_failure.hpp"
#include "store_door/json_prefix.hpp"
#include "store_door/store_door.hpp"

namespace server::door {
namespace {

namespace gateway = store::gateway;
using agent::Task;
using agent::json::Value;
using agent::json::Writer;

// Less than our own client's 12 s without any line.
constexpr std::chrono::seconds kProgress{5};
constexpr std::chrono::hours kSilence{1};

struct CreateRequest {
  std::optional<store::KeyRange> range;  // nothing: an inverted one
  store::Revision from = 0;
  std::int64_t id = 0;
  bool with_progress = false;
  bool without_puts = false;
  bool without_deletes = false;
};

CreateRequest read_create(Value message) {
  const Value body = gateway::field(message, "create_request");
  if (!body.is_object()) throw GatewayError(GrpcCode::invalid, "expected create_request first");
  CreateRequest create;
  std::string key = gateway::read_bytes(gateway::field(body, "key"));
  if (key.empty()) key.assign(1, '\0');  // etcd: the least key there is
  create.range = gateway::range_of(std::move(key), gateway::read_bytes(gateway::field(body, "range_end")));
  create.from = std::max<store::Revision>(gateway::read_int64(gateway::field(body, "start_revision")), 0);
  create.id = gateway::read_int64(gateway::field(body, "watch_id"));
  create.with_progress = gateway::read_bool(gateway::field(body, "progress_notify"));
  const Value filters = gateway::field(body, "filters");
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const Value filter = filters.at(i);
    const bool is_deletes = filter.is_number() ? filter.as_int(0, 1) == 1 : filter.as_string() == "NODELETE";
    (is_deletes ? create.without_deletes : create.without_puts) = true;
  }
  return create;
}

// What the lines of one watch are made of.
struct WatchLines {
  const StoreDoor& door;
  CreateRequest create;
};

void begin_line(Writer& out, const WatchLines& lines, store::Revision revision) {
  out.begin_object().key("result").begin_object().key("header");
  gateway::write(out, lines.door.header(revision));
  gateway::write_int64(out, "watch_id", lines.create.id);
}

std::string end_line(Writer& out) { return out.end_object().end_object().take() + "\n"; }

std::string created_line(const WatchLines& lines, store::Revision revision) {
  Writer out;
  begin_line(out, lines, revision);
  out.key("created").boolean(true);
  return end_line(out);
}

std::string canceled_line(const WatchLines& lines, std::string_view reason) {
  Writer out;
  begin_line(out, lines, lines.door.store().revision());
  out.key("canceled").boolean(true).key("cancel_reason").string(reason);
  return end_line(out);
}

// etcd: without a revision in its header, and with the first one from which a watch can begin.
std::string compacted_line(const WatchLines& lines, store::Revision gone) {
  Writer out;
  begin_line(out, lines, 0);
  out.key("canceled").boolean(true);
  gateway::write_int64(out, "compact_revision", gone + 1);
  return end_line(out);
}

std::string progress_line(const WatchLines& lines, store::Revision revision) {
  Writer out;
  begin_line(out, lines, revision);
  return end_line(out);
}

bool is_wanted(const WatchLines& lines, const store::KeyValue& event) {
  const bool is_filtered = event.is_deleted() ? lines.create.without_deletes : lines.create.without_puts;
  return !is_filtered && !lines.door.secrets().hides(event.key);
}

// "" when none of the events is for this watch.
std::string events_line(const WatchLines& lines, const store::WatchMessage& message) {
  Writer out;
  begin_line(out, lines, message.revision);
  bool is_empty = true;
  for (const store::Item& event : message.events) {
    if (!is_wanted(lines, *event)) continue;
    if (std::exchange(is_empty, false)) out.key("events").begin_array();
    gateway::write_event(out, *event);
  }
  if (is_empty) return {};
  out.end_array();
  return end_line(out);
}

// Its line. A last one ends the stream.
std::string line_of(const WatchLines& lines, const store::WatchMessage& message) {
  using Kind = store::WatchMessage::Kind;
  switch (message.kind) {
    case Kind::events: return events_line(lines, message);
    case Kind::progress: return lines.create.with_progress ? progress_line(lines, message.revision) : "";
    case Kind::compacted: return compacted_line(lines, message.revision);
    case Kind::cancelled: break;
  }
  return canceled_line(lines, message.reason);
}

bool is_last(const store::WatchMessage& message) {
  return message.kind == store::WatchMessage::Kind::compacted ||
         message.kind == store::WatchMessage::Kind::cancelled;
}

Task<> send_lines(std::shared_ptr<store::Watch> watch, std::shared_ptr<const WatchLines> lines,
                  BodyWriter* writer) {
  writer->write(created_line(*lines, lines->door.store().revision()));
  const std::chrono::milliseconds progress =
      std::min<std::chrono::milliseconds>(kProgress, lines->door.quiet());
  const std::chrono::milliseconds pause = lines->create.with_progress ? progress : kSilence;
  for (bool more = true; more && !writer->client_gone();) {
    try {
      auto step = watch->next(agent::Clock::now() + pause);
      const store::WatchMessage message = co_await std::move(step);
      writer->write(line_of(*lines, message));
      more = !is_last(message);
    } catch (const store::StoreError& error) {
      writer->write(stream_failure(*gateway_error(error)));
      more = false;
    }
    co_await writer->room();
  }
}

// A watch that is none: etcd answers with the id -1.
Task<> send_refusal(std::shared_ptr<const WatchLines> lines, std::string reason, BodyWriter* writer) {
  Writer out;
  begin_line(out, *lines, lines->door.store().revision());
  out.key("created").boolean(true).key("canceled").boolean(true).key("cancel_reason").string(reason);
  writer->write(end_line(out));
  co_await writer->room();
}

// In chunks also where the connection ends with it, so that the client sees a stream that was cut.
Reply lines_reply(std::function<Task<>(BodyWriter*)> send) {
  Reply reply = endless_reply("application/json", std::move(send));
  reply.trailers = [] { return std::vector<std::pair<std::string, std::string>>(); };
  return reply;
}

Reply refusal_reply(const StoreDoor& door, std::string reason) {
  const auto lines = std::make_shared<const WatchLines>(WatchLines{door, {.id = -1}});
  return lines_reply([lines, reason](BodyWriter* writer) { return send_refusal(lines, reason, writer); });
}

// What the store refuses is told within the stream, as etcd does: the watch is created and canceled at once.
Reply watch_reply(const StoreDoor& door, const Request& request, CreateRequest create) {
  if (!create.range) return refusal_reply(door, "mvcc: watcher range is empty");
  const auto lines = std::make_shared<const WatchLines>(WatchLines{door, std::move(create)});
  std::shared_ptr<store::Watch> watch;
  try {
    watch = door.store().watch(
        {.range = *lines->create.range, .from = lines->create.from, .client = client_of(request)});
  } catch (const store::StoreError& error) {
    if (error.fault() != store::Fault::refused) throw;
    return refusal_reply(door, std::string(error.text()));
  }
  return lines_reply([watch, lines](BodyWriter* writer) { return send_lines(watch, lines, writer); });
}

// The first message of the body, which need not end with it.
Task<std::string> first_message(Request* request) {
  std::string text;
  for (;;) {
    if (const std::size_t size = json_prefix(text)) co_return text.substr(0, size);
    const std::string piece = co_await request->read();
    if (piece.empty()) co_return text;
    text += piece;
  }
}

Task<Reply> watch(const StoreDoor* door, Request* request) {
  const std::string text = co_await first_message(request);
  const agent::json::Document message = agent::json::Document::parse(text);
  co_return watch_reply(*door, *request, read_create(message.root()));
}

constexpr std::string_view kSchema =
    R"({"type":"object","properties":{"create_request":{"type":"object","properties":{)"
    R"("key":{"type":"string","format":"byte"},"range_end":{"type":"string","format":"byte"},)"
    R"("start_revision":{"type":"string","format":"int64"},"watch_id":{"type":"string","format":"int64"},)"
    R"("progress_notify":{"type":"boolean","description":"a line every 5 s"},)"
    R"("filters":{"type":"array","items":{"enum":["NOPUT","NODELETE"]}},)"
    R"("prev_kv":{"type":"boolean","description":"not served: events never have it"},)"
    R"("fragment":{"type":"boolean"}}}}})";

}  // namespace

void add_gateway_watch_route(Router& router, const StoreDoor& door) {
  router.add(gateway_route(
      "/v3/watch", "Watch keys, as etcd's gateway has it: JSON lines without an end", std::string(kSchema),
      [&door](Request* request) { return watch(&door, request); }, GatewayForm::stream));
}

}  // namespace server::door
