#include "metrics/collect.hpp"

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "agent/wire/control.hpp"
#include "hub/ask.hpp"
#include "hub/gather.hpp"
#include "metrics/metric_names.hpp"

namespace server {

using agent::Envelope;
using agent::Error;
using agent::Task;
namespace wire = agent::wire;

namespace {

using SharedSession = std::shared_ptr<Session>;

bool is_ours(const Session& session) { return session.has(wire::kReportsCapability); }

SharedSession find(const Hub& hub, const std::string& id) { return hub.find_agent(id, kMetricsAgent); }

template <agent::Message Reply, agent::Message Request>
Task<Reply> ask_session(SharedSession session, Request request) {
  Call call(std::move(session));
  call.send(request);
  const Envelope reply = co_await call.next();
  co_return reply_as<Reply>(reply);
}

// A change that is under way at an agent of ours.
struct Pending {
  std::string id;
  std::unique_ptr<Call> call;
};

Task<> settle(Pending* pending, JobsChange* change) {
  try {
    const Envelope reply = co_await pending->call->next();
    reply_as<wire::CollectStatus>(reply);
    ++change->success;
    ++change->confirmed;
  } catch (const Error& error) {
    ++change->failure;
    if (change->failures.size() < kFailuresShown) change->failures.push_back({pending->id, error.what()});
  }
  pending->call.reset();
}

}  // namespace

Task<wire::StaticReply> ask_facts(Hub* hub, std::string id, std::chrono::nanoseconds max_age) {
  SharedSession session = find(*hub, id);
  wire::StaticRequest request;
  if (is_ours(*session)) request.max_age = max_age;
  auto call = ask_session<wire::StaticReply>(std::move(session), request);
  wire::StaticReply reply = co_await std::move(call);
  co_return reply;
}

Task<wire::DynamicReply> ask_samples(Hub* hub, std::string id, wire::DynamicRequest request) {
  SharedSession session = find(*hub, id);
  if (!is_ours(*session)) request.max_age = {};
  auto call = ask_session<wire::DynamicReply>(std::move(session), std::move(request));
  wire::DynamicReply reply = co_await std::move(call);
  co_return reply;
}

Task<wire::CollectStatus> ask_jobs(Hub* hub, std::string id) {
  const wire::CollectQuery query;
  auto call = ask_session<wire::CollectStatus>(find(*hub, id), query);
  wire::CollectStatus status = co_await std::move(call);
  co_return status;
}

Task<std::optional<wire::CollectStatus>> change_jobs(Hub* hub, std::string id,
                                                     std::vector<std::string> jobs) {
  SharedSession session = find(*hub, id);
  wire::CollectChange change;
  change.jobs = std::move(jobs);
  change.reply = is_ours(*session);
  if (!change.reply) {
    session->send(change);
    co_return std::nullopt;
  }
  auto call = ask_session<wire::CollectStatus>(std::move(session), std::move(change));
  std::optional<wire::CollectStatus> status = co_await std::move(call);
  co_return status;
}

namespace {

// At the agents of one shard, there.
Task<JobsChange> change_jobs_there(std::vector<SharedSession> sessions, wire::CollectChange order) {
  JobsChange change;
  std::vector<Pending> pending;
  for (const SharedSession& session : sessions) {
    ++change.total;
    order.reply = is_ours(*session);
    if (order.reply) {
      auto call = std::make_unique<Call>(session);
      call->send(order);
      pending.push_back({session->id(), std::move(call)});
    } else {
      session->send(order);
      ++change.success;
    }
  }
  for (Pending& one : pending) {
    auto step = settle(&one, &change);
    co_await std::move(step);
  }
  co_return change;
}

void add(JobsChange& all, JobsChange more) {
  all.total += more.total;
  all.success += more.success;
  all.failure += more.failure;
  all.confirmed += more.confirmed;
  for (JobsChange::Failure& failure : more.failures) {
    if (all.failures.size() < kFailuresShown) all.failures.push_back(std::move(failure));
  }
}

}  // namespace

Task<JobsChange> change_all_jobs(Hub* hub, agent::net::Loop* here, std::string os,
                                 std::vector<std::string> jobs) {
  wire::CollectChange order;
  order.jobs = std::move(jobs);
  std::map<Shard*, std::vector<SharedSession>> sessions;
  for (SharedSession& session : hub->list()) {
    if (session->type() != kMetricsAgent || (!os.empty() && session->come().os != os)) continue;
    Shard& home = session->home();
    sessions[&home].push_back(std::move(session));
  }
  std::function<Task<JobsChange>(Shard&)> work = [&](Shard& shard) {
    return change_jobs_there(std::move(sessions[&shard]), order);
  };
  auto all_shards = gather(*hub, *here, std::move(work));
  std::vector<JobsChange> parts = co_await std::move(all_shards);
  JobsChange change;
  for (JobsChange& more : parts) add(change, std::move(more));
  co_return change;
}

}  // namespace server
