// GET /api/store/watch: changes of keys, as an event stream or one answer at a time (long poll).
//
//   event: change      id: R    {"revision":R,"events":[{"type":"put","item":{...}},...]}, all of one
//   revision event: progress    id: R    {"revision":R}: everything up to R has been told; first, and when
//   nothing happens event: compacted            {"revision":R}: what was asked for is gone up to R: list
//   again. The last one event: cancelled            {"revision":R,"reason":"..."}. The last one
//
// A stream that was cut goes on behind its last id (Last-Event-ID, which browsers send by themselves).
#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/event_form.hpp"
#include "http/schema.hpp"
#include "store_door/key_form.hpp"
#include "store_door/store_door.hpp"
#include "store_door/store_failure.hpp"

namespace server::door {
namespace {

using agent::Task;
using store::Revision;
using Kind = store::WatchMessage::Kind;

constexpr std::int64_t kLongestWait = 300;  // seconds

struct EventView {
  std::string type;
  ItemView item;

  static void fields(auto& field) {
    field("type", &EventView::type, "put or delete");
    field("item", &EventView::item);
  }
};

struct ChangesView {
  Revision revision = 0;
  std::vector<EventView> events;

  static void fields(auto& field) {
    field("revision", &ChangesView::revision, "everything up to here has been told: the next `index`");
    field("events", &ChangesView::events, "in their order", agent::omit_empty);
  }
};

EventView view_of(const store::KeyValue& event) {
  return {.type = event.is_deleted() ? "delete" : "put", .item = door::view_of(event)};
}

// One form of the stream, with ids where it has them.
struct Teller {
  BodyWriter& writer;
  EventForm form;

  void tell(std::string_view event, const std::string& data, Revision id) const {
    if (form == EventForm::lines) return write_event_in(writer, form, event, data);
    write_event(writer, event, data, id == 0 ? std::string() : std::to_string(id));
  }
};

// One event for each revision, so that each id is a place where the next stream can begin.
void tell_changes(const Teller& teller, const store::SecretPrefixes& secrets,
                  const store::WatchMessage& message) {
  ChangesView changes;
  const auto flush = [&] {
    if (!changes.events.empty()) teller.tell("change", agent::json::encode(changes), changes.revision);
    changes.events.clear();
  };
  for (const store::Item& event : message.events) {
    if (secrets.hides(event->key)) continue;
    if (event->modified != changes.revision) flush();
    changes.revision = event->modified;
    changes.events.push_back(view_of(*event));
  }
  flush();
}

std::string end_text(const store::WatchMessage& message) {
  agent::json::Writer out;
  out.begin_object().key("revision").integer(message.revision).key("reason").string(message.reason);
  return out.end_object().take();
}

// False: that was the last one.
bool tell(const Teller& teller, const store::SecretPrefixes& secrets, const store::WatchMessage& message) {
  switch (message.kind) {
    case Kind::events: tell_changes(teller, secrets, message); return true;
    case Kind::progress: {
      const ChangesView progress{.revision = message.revision, .events = {}};
      teller.tell("progress", agent::json::encode(progress), message.revision);
      return true;
    }
    case Kind::compacted: teller.tell("compacted", end_text(message), 0); return false;
    case Kind::cancelled: break;
  }
  teller.tell("cancelled", end_text(message), 0);
  return false;
}

Task<> send_events(const StoreDoor* door, std::shared_ptr<store::Watch> watch, EventForm form,
                   BodyWriter* writer) {
  const Teller teller{*writer, form};
  auto wait = std::chrono::milliseconds(0);  // at once where the watch stands
  for (bool more = true; more && !writer->client_gone();) {
    auto step = watch->next(agent::Clock::now() + wait);
    const store::WatchMessage message = co_await std::move(step);
    more = tell(teller, door->secrets(), message);
    co_await writer->room();
    wait = door->quiet();
  }
}

// What the client has heard last, of the header or the query; nothing: it begins now.
Revision first_revision(const Request& request) {
  Revision heard = request.arguments.integer("index");
  const std::string_view last = request.head.header("Last-Event-ID");
  if (!last.empty()) {
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), heard);
    if (error != std::errc() || end != last.data() + last.size() || heard < 0)
      throw RequestError(400, "bad param: Last-Event-ID: no revision");
  }
  return heard < 0 ? 0 : heard + 1;
}

std::shared_ptr<store::Watch> begin_watch(const StoreDoor& door, const Request& request) {
  return door.store().watch(
      {.range = range_of(request.arguments), .from = first_revision(request), .client = client_of(request)});
}

// The answer to one question: what has happened, or after a while that nothing has.
Task<Payload> poll(const StoreDoor* door, std::shared_ptr<store::Watch> watch, std::chrono::seconds wait) {
  const store::Time deadline = agent::Clock::now() + wait;
  for (;;) {
    auto step = watch->next(deadline);
    const store::WatchMessage message = co_await std::move(step);
    if (message.kind == Kind::compacted)
      throw store::StoreError(store::Fault::compacted, message.reason, message.revision);
    if (message.kind == Kind::cancelled)
      throw store::StoreError(store::Fault::unavailable, message.reason, message.revision);
    ChangesView changes{.revision = message.revision, .events = {}};
    for (const store::Item& event : message.events)
      if (!door->secrets().hides(event->key)) changes.events.push_back(view_of(*event));
    if (!changes.events.empty() || message.kind == Kind::progress) co_return payload(changes);
  }
}

Task<Reply> watch(const StoreDoor* door, Request* request) {
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t wait = request->arguments.integer("wait");
  std::shared_ptr<store::Watch> watch = begin_watch(*door, *request);
  if (wait < 0) {
    const EventForm form = event_form(request->head);
    co_return endless_reply(content_type_of(form), [door, watch, form](BodyWriter* writer) {
      return send_events(door, watch, form, writer);
    });
  }
  auto step = poll(door, std::move(watch), std::chrono::seconds(std::min(wait, kLongestWait)));
  Payload changes = co_await std::move(step);
  co_return envelope(std::move(changes), elapsed_since(begin));
}

}  // namespace

void add_store_watch_route(Router& router, const StoreDoor& door) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/store/watch";
  route.summary =
      "Changes of keys: an event stream that goes on behind Last-Event-ID, or with `wait` one answer at a time";
  route.parameters = range_parameters();
  route.parameters.push_back({.name = "index",
                              .type = Type::integer,
                              .summary = "changes behind this revision; -1: those from now on",
                              .fallback = -1,
                              .min = -1});
  route.parameters.push_back(
      {.name = "wait",
       .type = Type::integer,
       .summary = "seconds, at most 300, after which the answer has no events; -1: a stream",
       .fallback = -1,
       .min = -1});
  route.schema = schema_of<ChangesView>();
  route.stream_types = {"text/event-stream", "application/x-ndjson"};
  route.enveloped_failures = true;
  route.handler = ReplyTask([&door](Request* request) { return telling(watch(&door, request)); });
  router.add(std::move(route));
}

}  // namespace server::door
