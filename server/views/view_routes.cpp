// GET /v2/...: the views, each as a plain GET, a long poll and a watch; /appname, /debug, /v2/version
// (cluster reference, A.3, A.5, A.6).
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/config.hpp"
#include "agent/json.hpp"
#include "agent/units.hpp"
#include "http/body_writer.hpp"
#include "http/text_route.hpp"
#include "views/view_access.hpp"
#include "views/view_service.hpp"
#include "views/view_watch.hpp"

namespace server::views {
namespace {

using agent::Clock;
using agent::Task;
using Time = Clock::time_point;

constexpr std::string_view kUnknown = "the state of the cluster is not known yet";

// ---- what a request asks for

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// "1s", "500ms"; a plain number is seconds.
std::chrono::milliseconds duration_of(const Arguments& arguments, std::string_view name,
                                      std::chrono::milliseconds fallback, std::chrono::milliseconds most) {
  std::string text = arguments.text(name);
  if (text.empty()) return fallback;
  if (number_of(text)) text += 's';
  std::chrono::nanoseconds value{0};
  try {
    value = agent::parse_duration(text);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}: {}", name, error.text()));
  }
  if (value.count() < 0) throw RequestError(400, fmt::format("bad param: {}: less than nothing", name));
  return std::min(std::chrono::duration_cast<std::chrono::milliseconds>(value), most);
}

// Anything but these is a watch, as in the original.
bool asks_for_watch(const Arguments& arguments) {
  const std::string& text = arguments.text("watch");
  return !text.empty() && text != "0" && text != "false";
}

// What is no positive number is none, as in the original.
std::chrono::seconds heartbeat_of(const Arguments& arguments, const ViewOptions& options) {
  const std::string& text = arguments.text("heartbeat");
  if (text.empty()) return options.heartbeat;
  const std::int64_t seconds = number_of(text).value_or(0);
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMostHeartbeat.count()));
}

WatchOptions watch_options(const Request& request, const ViewOptions& options) {
  WatchOptions out;
  out.heartbeat = heartbeat_of(request.arguments, options);
  out.settle = duration_of(request.arguments, "settle", {}, kMostSettle);
  out.ids_are_revisions = request.arguments.text("ids") == "revision";
  if (out.ids_are_revisions) out.last_seen = number_of(request.head.header("Last-Event-ID")).value_or(0);
  out.close_on_error = options.close_on_error;
  return out;
}

std::string parameter_of(const ClusterView& view, const Arguments& arguments) {
  return view.parameter.empty() ? std::string() : arguments.text(view.parameter);
}

// ---- a plain GET and a long poll

void add_freshness(Reply& reply, const ViewService& service) {
  reply.headers.emplace_back("Cache-Control", "no-store");
  if (const auto stale = service.board().stale_for(Clock::now()))
    reply.headers.emplace_back("X-Agent-Stale",
                               fmt::format("{:.1f}", static_cast<double>(stale->count()) / 1000));
}

Reply not_yet() {
  Reply reply = text_reply(503, kUnknown);
  reply.headers.emplace_back("Retry-After", std::to_string(kNotYet.count()));
  return reply;
}

Reply show(const ViewService& service, const ViewVersion& version) {
  Reply reply = text_reply(version.answer.is_refusal ? 500 : 200, version.answer.text);
  reply.headers.emplace_back("X-Agent-Index", std::to_string(version.index));
  add_freshness(reply, service);
  return reply;
}

// What is wrong with a request before its view is asked; "" = nothing. Settles the key.
std::string settle_key(ViewService& service, const ClusterView& view, const ClusterState& state,
                       const std::string& address, std::string text, ViewKey& key) {
  if (view.is_required && text.empty()) return std::string(view.parameter) + " required";
  Admission admission = admit(view, state, service.options(), address, std::move(text));
  if (!admission.refusal.empty()) service.board().counters.denied.add();
  key = view.key(admission.text, service.options());
  if (view.access == Access::config) key.shows_secrets = admission.shows_secrets;
  return admission.refusal;
}

Task<Reply> get(ViewService* service, const ClusterView* view, Request* request) {
  if (service->is_on_demand()) co_await service->freshen();
  const std::shared_ptr<const ClusterState> state = service->board().state();
  if (!state) co_return not_yet();
  ViewKey key;
  const std::string refusal = settle_key(*service, *view, *state, request->remote_address,
                                         parameter_of(*view, request->arguments), key);
  if (!refusal.empty()) co_return text_reply(400, refusal);
  const std::string& seen = request->arguments.text("index");
  const std::optional<std::int64_t> index = number_of(seen);
  if (!seen.empty() && (!index || *index < 0)) throw RequestError(400, "bad param: index: not an index");
  const Time deadline = Clock::now() + duration_of(request->arguments, "wait", kPollWait, kMostPollWait);
  const std::unique_ptr<ViewReader> reader = service->board().open(*view, std::move(key));
  bool in_time = true;
  while (in_time && index && !service->board().is_closed() && reader->version()->index == *index)
    in_time = co_await reader->wait(deadline);
  co_return show(*service, *reader->version());
}

// ---- a watch

std::string error_event(std::string text) {
  return ViewEvent{.name = "error", .text = std::move(text)}.encode();
}

// What one watcher is sent, as it is asked for. Belongs to its connection's loop.
class WatchCall {
 public:
  WatchCall(ViewService& service, const ClusterView& view, const Request& request)
      : service_(service),
        loop_(*request.loop),
        board_(service.board().shared_from_this()),
        view_(view),
        address_(request.remote_address),
        text_(parameter_of(view, request.arguments)),
        machine_(watch_options(request, service.options()), Clock::now()),
        reader_(board_->open(view, {})) {
    ++board_->watches;
  }
  ~WatchCall() { --board_->watches; }
  WatchCall(const WatchCall&) = delete;
  WatchCall& operator=(const WatchCall&) = delete;

  bool is_over() const { return is_refused_ || machine_.is_over() || board_->is_closed(); }
  // Tells what there is now; false: nothing.
  bool tell(BodyWriter& writer) {
    const std::string text = next(Clock::now());
    if (text.empty()) return false;
    writer.write(text);
    return true;
  }
  // False: there may be something since tell().
  bool begin_wait() { return !board_->is_closed() && reader_->begin_wait(loop_.io().get_executor()); }
  // Until there may be something.
  Task<bool> wait() { return reader_->waiting(machine_.wake_at()); }

 private:
  std::string next(Time now) {
    reader_->forget_hits();
    if (const std::shared_ptr<const ClusterState> state = board_->state(); state && !is_admitted_) {
      const std::string refusal = admit(*state);
      if (is_refused_) return error_event(refusal);
    }
    machine_.see_trouble(board_->trouble());
    if (is_admitted_) machine_.see(reader_->version(), now);
    const std::optional<ViewEvent> event = machine_.next(now);
    if (!event) return {};
    board_->counters.count_event(event->name);
    return event->encode();
  }
  // Before the first list there is nothing to say who may read what: a reader of the empty key waits for it.
  std::string admit(const ClusterState& state) {
    ViewKey key;
    std::string refusal = settle_key(service_, view_, state, address_, text_, key);
    is_refused_ = !refusal.empty();
    if (!is_refused_) reader_ = board_->open(view_, std::move(key));
    is_admitted_ = !is_refused_;
    return refusal;
  }

  ViewService& service_;  // may end before this
  agent::net::Loop& loop_;
  const std::shared_ptr<ViewBoard> board_;
  const ClusterView& view_;
  const std::string address_;
  const std::string text_;
  ViewWatch machine_;
  std::unique_ptr<ViewReader> reader_;
  bool is_admitted_ = false;
  bool is_refused_ = false;
};

Task<> watch(std::shared_ptr<WatchCall> call, BodyWriter* writer) {
  while (!call->is_over()) {
    if (call->tell(*writer)) {
      co_await writer->room();
    } else if (call->begin_wait()) {
      co_await call->wait();
    }
  }
}

Task<> tell_once(std::string text, BodyWriter* writer) {
  writer->write(text);
  co_return;
}

// Nothing on the way may gather, keep or compress it. nginx ignores no-transform, but leaves alone what has
// an encoding.
Reply watch_reply(std::function<Task<>(BodyWriter*)> stream) {
  Reply reply = endless_reply("text/event-stream", std::move(stream));
  reply.headers = {{"Cache-Control", "no-store, no-transform"},
                   {"X-Accel-Buffering", "no"},
                   {"Vary", "Accept-Encoding"},
                   {"Content-Encoding", "identity"}};
  return reply;
}

// Gives back what headers and arguments take: a watch goes on for long and needs them no more.
void release(Request& request) {
  std::exchange(request.head.headers, {});
  std::exchange(request.head.target, {});
  std::exchange(request.arguments, {});
  request.aim->query = {};
}

Reply begin_watch(ViewService& service, const ClusterView& view, Request& request) {
  if (!view.can_watch)
    return watch_reply(
        [](BodyWriter* writer) { return tell_once(error_event("watch is not supported"), writer); });
  auto call = std::make_shared<WatchCall>(service, view, request);
  release(request);
  return watch_reply([call](BodyWriter* writer) { return watch(call, writer); });
}

Task<Reply> watch_task(ViewService* service, const ClusterView* view, Request* request) {
  if (service->is_on_demand()) co_await service->freshen();
  co_return begin_watch(*service, *view, *request);
}

Task<Reply> answer(ViewService* service, const ClusterView* view, Request* request) {
  return asks_for_watch(request->arguments) ? watch_task(service, view, request)
                                            : get(service, view, request);
}

// ---- the others

Reply tell_app(const ViewService& service, const Request& request) {
  const std::shared_ptr<const ClusterState> state = service.board().state();
  if (!state) return not_yet();
  const ViewOptions& options = service.options();
  if (options.lain_access && !is_super(*state, options, request.remote_address))
    return text_reply(400, "authorize failed, super required");
  const std::string& asked = request.arguments.text("ip");
  const std::string& address = asked.empty() ? request.remote_address : asked;
  const std::optional<std::string> app = app_of(*state, address);
  Reply reply = text_reply(500, "unkown address " + address);  // the original's spelling
  if (app) {
    agent::json::Writer out;
    reply = text_reply(200, out.begin_object().key("appname").string(*app).end_object().take());
  }
  add_freshness(reply, service);
  return reply;
}

// Keys and counts, never values.
Reply tell_debug(ViewService& service, const Request&) {
  const std::shared_ptr<const ClusterState> state = service.board().state();
  if (!state) return not_yet();
  const std::map<Area, std::size_t> readers = service.board().reader_counts();
  agent::json::Writer out;
  out.begin_object().key("connections").unsigned_integer(service.board().watches);
  out.key("revision").integer(state->revision()).key("watchers").begin_object();
  for (const Area area : kClusterAreas) {
    const ClusterState::Summary summary = state->summary(area);
    const auto count = readers.find(area);
    out.key(name_of(area)).begin_object();
    out.key("NumReceivers").unsigned_integer(count == readers.end() ? 0 : count->second);
    out.key("LastEvent").begin_object().key("Key").string(summary.last_key);
    out.key("ModifiedIndex").integer(summary.changed).end_object();
    out.key("TotalKeys").unsigned_integer(summary.keys).end_object();
  }
  const auto faults = state->faults();
  out.end_object().key("malformed").unsigned_integer(faults.size()).key("faults").begin_object();
  for (const auto& [key, why] : faults) out.key(key).string(why);
  out.end_object().key("trouble").string(service.board().trouble());
  Reply reply = text_reply(200, out.end_object().take());
  add_freshness(reply, service);
  return reply;
}

// ---- the table

std::vector<Parameter> parameters_of(const ClusterView& view) {
  std::vector<Parameter> out;
  if (!view.parameter.empty()) out.push_back({.name = view.parameter, .summary = view.parameter_summary});
  out.push_back({.name = "watch", .summary = "1: events without end; 0, false, absent: one answer"});
  out.push_back({.name = "heartbeat", .summary = "watch: seconds between heartbeats; 0 = none"});
  out.push_back({.name = "ids", .summary = "watch: revision = ids are revisions, and Last-Event-ID resumes"});
  out.push_back({.name = "settle", .summary = "watch: join changes until it is quiet for so long: 1s"});
  out.push_back(
      {.name = "index", .summary = "long poll: X-Agent-Index of the last answer; waits for another"});
  out.push_back({.name = "wait", .summary = "long poll: at most so long: 30s; absent: 5m, at most 10m"});
  return out;
}

}  // namespace

void ViewService::add_views(Router& router, const std::vector<ClusterView>& views) {
  for (const ClusterView& view : views) {
    Route route =
        text_route(view.path, view.summary,
                   ReplyTask([this, &view](Request* request) { return answer(this, &view, request); }));
    route.parameters = parameters_of(view);
    route.stream_types = {"text/event-stream"};
    router.add(std::move(route));
  }
}

void ViewService::add_routes(Router& router) {
  add_views(router, cluster_views());
  Route app = text_route("/appname", "The app that an address belongs to",
                         ReplyHandler([this](Request& request) { return tell_app(*this, request); }));
  app.parameters = {{.name = "ip", .summary = "an address; absent: the caller's"}};
  router.add(std::move(app));
  router.add(text_route("/debug", "Keys and counts of the views, and values that are malformed",
                        ReplyHandler([this](Request& request) { return tell_debug(*this, request); })));
  router.add(text_route("/v2/version", "The server's version, bare",
                        ReplyHandler([this](Request&) { return text_reply(200, options_.version); })));
}

}  // namespace server::views
