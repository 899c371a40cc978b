// GET /api/fleet/events: the agents that are connected, live. Ours.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "api/api.hpp"
#include "api/fleet_changes.hpp"
#include "api/selected_agents.hpp"
#include "base/event.hpp"
#include "http/event_form.hpp"

namespace server {
namespace {

using agent::Task;
using std::chrono::milliseconds;
using Clock = agent::Event::Clock;

// Streams at a time. Each looks at the fleet once per kFleetPause while agents come or go.
constexpr std::size_t kStreamsMax = 64;
// Changes that come within this time are told together. With 10,000 agents a look takes about 5 ms, so that
// the pause grows by a second for each 10,000: a fleet in motion costs well below 1 % of a core per stream.
constexpr milliseconds kFleetPause{1000};
constexpr std::size_t kAgentsPerSecond = 10'000;
// Agents of one event, some 50 KiB.
constexpr std::size_t kAgentsPerEvent = 250;

struct FleetAgent {
  std::string id;
  std::string type;
  std::string version;
  std::string ip;
  std::string os;
  std::string platform;
  std::string arch;
  std::string binding;
  std::int64_t since = 0;

  static void fields(auto& field) {
    using agent::omit_empty;
    field("id", &FleetAgent::id, "agent id");
    field("type", &FleetAgent::type, "agent type, such as exec-agent", omit_empty);
    field("version", &FleetAgent::version, "agent version", omit_empty);
    field("ip", &FleetAgent::ip, "address that it says", omit_empty);
    field("os", &FleetAgent::os, "linux or windows", omit_empty);
    field("platform", &FleetAgent::platform, "distribution", omit_empty);
    field("arch", &FleetAgent::arch, "kernel machine", omit_empty);
    field("binding", &FleetAgent::binding, "name of the enrollment token that the id belongs to", omit_empty);
    field("since", &FleetAgent::since, "Unix seconds of its handshake");
  }
};

FleetAgent view_of(const Hub& hub, const Session& session) {
  const agent::wire::Come& come = session.come();
  const auto since =
      std::chrono::duration_cast<std::chrono::seconds>(session.connected_at().time_since_epoch());
  const std::optional<Binding> binding = binding_of(hub, session.id());
  return {.id = session.id(),
          .type = session.type(),
          .version = come.version,
          .ip = come.ip.text,
          .os = come.os,
          .platform = come.platform,
          .arch = come.arch,
          .binding = binding ? binding->token : std::string(),
          .since = since.count()};
}

// One of the streams that there may be.
class StreamPlace {
 public:
  explicit StreamPlace(std::shared_ptr<std::atomic<std::size_t>> taken) : taken_(std::move(taken)) {
    if (taken_->fetch_add(1) < kStreamsMax) return;
    taken_->fetch_sub(1);
    throw agent::Error(agent::Errc::too_many, "too many clients follow the fleet");
  }
  ~StreamPlace() { taken_->fetch_sub(1); }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;

 private:
  const std::shared_ptr<std::atomic<std::size_t>> taken_;
};

// What one client has been told.
struct FleetView {
  const Api& api;
  AgentSelector selector;
  bool selects;
  EventForm form;
  std::shared_ptr<StreamPlace> place;
  std::uint64_t revision = 0;
  Sessions known{};

  Sessions look() {
    revision = api.fleet_revision();
    Sessions now = api.hub().list();
    if (selects)
      std::erase_if(now, [this](const auto& session) { return !is_selected(api.hub(), *session, selector); });
    return now;
  }
};

void write_gone(BodyWriter& writer, EventForm form, const std::vector<std::string>& ids) {
  if (!ids.empty()) write_event_in(writer, form, "gone", agent::json::encode(ids));
}

Task<> write_come(const FleetView* view, Sessions come, BodyWriter* writer) {
  for (std::size_t i = 0; i < come.size();) {
    std::vector<FleetAgent> agents;
    for (; i < come.size() && agents.size() < kAgentsPerEvent; ++i)
      agents.push_back(view_of(view->api.hub(), *come[i]));
    write_event_in(*writer, view->form, "come", agent::json::encode(agents));
    co_await writer->room();
  }
}

Task<> write_changes(FleetView* view, BodyWriter* writer) {
  Sessions now = view->look();
  FleetChanges changes = fleet_changes(view->known, now);
  view->known = std::move(now);
  write_gone(*writer, view->form, changes.gone);
  co_await write_come(view, std::move(changes.come), writer);
  agent::json::Writer data;
  data.begin_object().key("agents").unsigned_integer(view->known.size());
  write_event_in(*writer, view->form, "whole", data.end_object().take());
}

milliseconds pause_of(const FleetView& view) {
  return kFleetPause + kFleetPause * view.known.size() / kAgentsPerSecond;
}

// Has no end but the client's or the server's.
Task<> send_fleet(std::shared_ptr<FleetView> view, milliseconds quiet, BodyWriter* writer) {
  co_await write_changes(view.get(), writer);
  Clock::time_point told = Clock::now();
  while (!writer->client_gone()) {
    const milliseconds rest = std::min(pause_of(*view), quiet);
    co_await agent::pause(rest);
    if (view->revision != view->api.fleet_revision()) {
      co_await write_changes(view.get(), writer);
      told = Clock::now();
    } else if (Clock::now() - told >= quiet) {
      write_wait_in(*writer, view->form);
      told = Clock::now();
    }
    co_await writer->room();
  }
}

Reply follow(const Api& api, const std::shared_ptr<std::atomic<std::size_t>>& streams,
             const Request& request) {
  const EventForm form = event_form(request.head);
  auto view = std::make_shared<FleetView>(FleetView{.api = api,
                                                    .selector = selector_of(request),
                                                    .selects = !request.arguments.text("where").empty(),
                                                    .form = form,
                                                    .place = std::make_shared<StreamPlace>(streams)});
  const milliseconds quiet = api.options().quiet_limit;
  return endless_reply(content_type_of(form),
                       [view, quiet](BodyWriter* writer) { return send_fleet(view, quiet, writer); });
}

}  // namespace

void add_fleet_routes(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/fleet/events";
  route.summary =
      "The connected agents, live, as events (text/event-stream) or, for Accept: application/x-ndjson, as lines: `come` (a "
      "list of agents: first all, then those that connect), `gone` (a list of ids), and `whole` {\"agents\":n} when the client "
      "has been told all there is. A client that comes again begins anew";
  route.parameters = {{.name = "where", .summary = kWhereText}};
  route.content_type = "text/event-stream";
  route.stream_types = {"application/x-ndjson"};
  route.limited = true;
  route.handler = ReplyHandler([&api, streams = std::make_shared<std::atomic<std::size_t>>(0)](
                                   Request& request) { return follow(api, streams, request); });
  router.add(std::move(route));
}

}  // namespace server
