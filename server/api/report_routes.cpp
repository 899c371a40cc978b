// GET /api/agents/{id}/events: what an agent sends by itself, as it comes. Ours.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/json.hpp"
#include "api/api.hpp"
#include "http/event_form.hpp"
#include "hub/report_feed.hpp"

namespace server {
namespace {

using agent::Task;
using Clock = agent::Event::Clock;

// Whether the agent is there, told whenever that has changed.
class Presence {
 public:
  Presence(const Hub& hub, std::string agent) : hub_(hub), agent_(std::move(agent)) {}

  void tell(BodyWriter& writer, EventForm form) {
    const bool is_here = hub_.find(agent_) != nullptr;
    if (std::exchange(was_here_, is_here) != is_here)
      write_event_in(writer, form, is_here ? "back" : "away", "{}");
  }

 private:
  const Hub& hub_;
  const std::string agent_;
  bool was_here_ = true;
};

void write_missed(BodyWriter& writer, EventForm form, std::uint64_t reports) {
  agent::json::Writer data;
  data.begin_object().key("reports").unsigned_integer(reports);
  write_event_in(writer, form, "missed", data.end_object().take());
}

// Has no end but the client's or the server's.
Task<> send_reports(const Hub* hub, std::shared_ptr<Follower> follower, EventForm form,
                    std::chrono::milliseconds quiet, BodyWriter* writer) {
  Presence presence(*hub, follower->agent());
  presence.tell(*writer, form);
  while (!writer->client_gone()) {
    const Clock::time_point deadline = Clock::now() + quiet;
    const std::optional<Follower::Notice> notice = co_await follower->next(deadline);
    if (!notice) {
      write_wait_in(*writer, form);
    } else if (*notice) {
      write_event_in(*writer, form, "report", **notice);
    } else {
      presence.tell(*writer, form);
    }
    if (const std::uint64_t missed = follower->take_missed()) write_missed(*writer, form, missed);
    co_await writer->room();
  }
}

Reply follow(Api& api, const Request& request) {
  const std::string& id = request.arguments.text("id");
  api.commands().check_known(id);
  std::shared_ptr<Follower> follower = api.hub().place_of(id).shard.reports().follow(id);
  const EventForm form = event_form(request.head);
  const std::chrono::milliseconds quiet = api.options().quiet_limit;
  return endless_reply(content_type_of(form), [hub = &api.hub(), follower, form, quiet](BodyWriter* writer) {
    return send_reports(hub, follower, form, quiet, writer);
  });
}

}  // namespace

void add_report_routes(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/agents/{id}/events";
  route.summary =
      "What an agent sends by itself, from now on, as events (text/event-stream) or, for Accept: application/x-ndjson, "
      "as lines: `report` (the message), `away` and `back` when the agent goes and comes, `missed` {\"reports\":n} to a "
      "client that reads too slowly. Its self-report is not among them";
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  route.content_type = "text/event-stream";
  route.stream_types = {"application/x-ndjson"};
  route.limited = true;
  route.at_agent = "id";
  route.handler = ReplyHandler([&api](Request& request) { return follow(api, request); });
  router.add(std::move(route));
}

}  // namespace server
