#include "requests.hpp"

#include <fmt/format.h>

#include <agent/log.hpp>
#include <algorithm>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "take_sample.hpp"

namespace {

using agent::wire::DynamicReply;

// A server waits a minute for an answer.
constexpr std::chrono::nanoseconds kLongestWait = std::chrono::seconds(55);
constexpr std::size_t kWaiting = 1000;

// What the numbers of a request mean (message 32, `req`).
constexpr std::array kNumbers{Job::usage, Job::processes, Job::connections, Job::temperatures};

// Samples that were begun before this are too old.
LastSamples::Time oldest(std::chrono::nanoseconds max_age) {
  const LastSamples::Time now = agent::Clock::now();
  const bool is_any = max_age >= now.time_since_epoch();  // so long ago is before time began
  return is_any ? LastSamples::Time::min() : now - std::max(max_age, std::chrono::nanoseconds(0));
}

bool is_before(const agent::wire::Time& one, const agent::wire::Time& other) {
  return std::tie(one.seconds, one.nanoseconds) < std::tie(other.seconds, other.nanoseconds);
}

template <class T>
bool is_given(const T& value) {
  if constexpr (requires { value.empty(); }) {
    return !value.empty();
  } else {
    return static_cast<bool>(value);
  }
}

// Walks the fields of a reply (agent/fields.hpp) and takes those over that a part has.
struct PartFields {
  DynamicReply& reply;
  DynamicReply& part;

  template <class Member>
  void operator()(std::string_view, Member DynamicReply::*member, std::string_view = {},
                  const agent::FieldRules& = {}) const {
    if constexpr (!std::is_same_v<Member, agent::wire::Time>) {
      if (is_given(part.*member)) reply.*member = std::move(part.*member);
    }
  }
};

void add_part(DynamicReply& reply, DynamicReply part) {
  const bool is_first = reply.begin.is_zero();
  if (is_first || is_before(part.begin, reply.begin)) reply.begin = part.begin;
  if (is_first || is_before(reply.end, part.end)) reply.end = part.end;
  PartFields fields{reply, part};
  DynamicReply::fields(fields);
}

}  // namespace

Requests::Requests(agent::Agent& agent, const TaskSettings& settings, LastSamples& samples, Jobs& jobs)
    : agent_(agent), settings_(settings), samples_(samples), jobs_(jobs), changes_(1, kWaiting) {
  for (agent::Turns& turns : turns_) turns.set_limits(1, kWaiting);
  agent.on<agent::wire::StaticRequest>(
      [this](agent::wire::StaticRequest request, agent::Call call) { return facts(request, call); });
  agent.on<agent::wire::DynamicRequest>(
      [this](agent::wire::DynamicRequest request, agent::Call call) { return dynamic(request, call); });
  agent.on<agent::wire::CollectQuery>([this](const agent::wire::CollectQuery&) { return status(); });
  agent.on<agent::wire::CollectChange>(
      [this](agent::wire::CollectChange request, agent::Call call) { return change(request, call); });
}

void Requests::start(Sampling& sampling) { sampling_ = &sampling; }

// ---- samples

// Those who ask for the same at the same time share a sample that was begun after they asked.
agent::Task<> Requests::facts(agent::wire::StaticRequest request, agent::Call call) {
  const LastSamples::Time not_before = oldest(request.max_age);
  agent::Turns& turns = turns_.front();
  agent::Turns::Turn turn = co_await turns.take(kLongestWait);
  std::optional<agent::wire::StaticReply> found = samples_.find(not_before);
  if (!found) found = co_await take_facts(*sampling_, samples_);
  call.send(*found);
}

agent::Task<DynamicReply> Requests::part(PartWish wish, std::chrono::nanoseconds max_age) {
  const LastSamples::Time not_before = oldest(max_age);
  agent::Turns& turns = turns_[static_cast<std::size_t>(wish.part)];
  agent::Turns::Turn turn = co_await turns.take(kLongestWait);
  std::optional<DynamicReply> found = samples_.find(not_before, wish);
  if (!found) found = co_await take_sample(*sampling_, samples_, wish);
  co_return std::move(*found);
}

agent::Task<> Requests::dynamic(agent::wire::DynamicRequest request, agent::Call call) {
  const std::vector<PartWish> wishes = wishes_of(request);
  DynamicReply reply;
  if (wishes.empty()) reply.begin = reply.end = agent::wire::Time::now();
  for (const PartWish& wish : wishes) {
    DynamicReply one = co_await part(wish, request.max_age);
    add_part(reply, std::move(one));
  }
  call.send(reply);
}

std::vector<PartWish> Requests::wishes_of(const agent::wire::DynamicRequest& request) const {
  check_kinds(request.aconns);
  std::vector<PartWish> wishes;
  for (const std::int64_t number : request.req) {
    if (number < 0 || number >= static_cast<std::int64_t>(kNumbers.size())) {
      throw agent::Error(agent::Errc::bad_message,
                         fmt::format("req: there is no {}, only 0 usage, 1 processes, 2 connections and 3 "
                                     "temperatures",
                                     number));
    }
    PartWish wish;
    wish.part = kNumbers[static_cast<std::size_t>(number)];
    if (wish.part == Job::processes)
      wish.top = static_cast<std::size_t>(std::max<std::int64_t>(request.top, 0));
    if (wish.part == Job::connections)
      wish.kinds = request.aconns.empty() ? settings_.connection_kinds : request.aconns;
    const bool is_new = std::none_of(wishes.begin(), wishes.end(),
                                     [&wish](const PartWish& other) { return other.part == wish.part; });
    if (is_new) wishes.push_back(std::move(wish));
  }
  return wishes;
}

// ---- what is collected

agent::wire::CollectStatus Requests::status() const {
  agent::wire::CollectStatus status;
  status.jobs = jobs_.intervals();
  status.aconns = settings_.connection_kinds;
  if (status.aconns.empty()) status.aconns = {"tcp", "udp", "unix"};
  return status;
}

// An original waits for no answer, and drops one.
agent::Task<> Requests::change(agent::wire::CollectChange request, agent::Call call) {
  const agent::Turns::Turn turn = co_await changes_.take(kLongestWait);
  try {
    const std::vector<Job> jobs = parse_jobs(request.jobs);
    const bool is_change = jobs != jobs_.enabled();
    jobs_.set(jobs);
    if (is_change) co_await keep(jobs);
  } catch (const agent::Error& error) {
    if (request.reply || error.code() == agent::Errc::cancelled) throw;
    agent::log::error("the jobs are not changed: {}", error.what());
    co_return;
  }
  if (request.reply) call.send(status());
}

// For the next start.
agent::Task<> Requests::keep(std::vector<Job> jobs) {
  std::string names;
  for (const Job job : jobs) names += (names.empty() ? "" : ",") + std::string(name_of(job));
  agent::log::info("task.jobs: now {}", names.empty() ? "none" : names);
  auto write = [this, names] { agent_.keep_setting("task.jobs", names); };
  try {
    co_await agent_.offload(write);
  } catch (const agent::Error& error) {
    if (error.code() == agent::Errc::cancelled) throw;
    agent::log::error("task.jobs: lasts only until the agent ends: {}", error.what());
  }
}
