#include "agentctl/machine_run.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "agent/base64.hpp"
#include "agent/clock.hpp"
#include "agentctl/unavailable.hpp"
#include "agentctl/view.hpp"

namespace agentctl {

using agent::Clock;
using agent::Error;
using agent::Task;
using agent::json::Value;

namespace {

// Routes that know agents which are away.
constexpr std::array<std::string_view, 2> kKnownBy{"/api/agents/{}/binding", "/api/exec/{}/tasks"};

constexpr std::int64_t kMost = std::int64_t{1} << 60;

std::string text_at(Value object, std::string_view key) { return cell_text(object.find(key)); }

std::int64_t number_at(Value object, std::string_view key) {
  const Value value = object.find(key);
  return value.is_number() ? value.as_int(-kMost, kMost) : 0;
}

std::string lost_bytes(const TaskEnd& end) {
  return fmt::format("only {} of {} bytes of the output were kept (tasks.output_limit)", end.kept_size,
                     end.output_size);
}

}  // namespace

MachineRun::MachineRun(ApiClient& api, std::string agent, MachineOptions options)
    : api_(api), options_(std::move(options)) {
  result_.agent = std::move(agent);
}

Task<MachineResult> MachineRun::run() {
  const Clock::time_point begin = Clock::now();
  bool has_failed = false;
  try {
    co_await start_and_follow();
  } catch (const Error& error) {
    note(error);
    has_failed = true;
  }
  if (has_failed && result_.end.outcome == Outcome::unknown) {
    const Outcome found = co_await look_for(Outcome::unknown);
    result_.end.outcome = found;
  }
  result_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
  co_return result_;
}

Task<> MachineRun::start_and_follow() {
  std::string agent = result_.agent;
  Task<Answer> start = options_.start(std::move(agent));
  const Answer answer = co_await std::move(start);
  const Value payload = answer.payload();
  result_.task = text_at(payload, "id");
  pid_ = number_at(payload, "pid");
  if (!payload.find("data").is_null()) {
    take_result(payload);
    co_return;
  }
  if (options_.detach) {
    result_.end.outcome = Outcome::started;
    co_return;
  }
  if (is_unwanted_) co_await end_command();
  FollowOptions following;
  following.on_break = [this](const std::string& why) {
    options_.tell("the connection broke off: " + why + "; trying again");
  };
  OutputTaker take = [this](std::string_view bytes) {
    result_.output_bytes += bytes.size();
    options_.take(bytes);
  };
  TaskName name{.agent = result_.agent, .task = result_.task};
  result_.end = co_await follow_task(&api_, std::move(name), std::move(following), std::move(take));
  if (result_.end.truncated) options_.tell(lost_bytes(result_.end));
}

void MachineRun::take_result(Value payload) {
  result_.end = end_of(payload);
  const std::string bytes = agent::decode_base64(payload.find("data").as_string());
  result_.output_bytes = bytes.size();
  if (!bytes.empty()) options_.take(bytes);
}

// What the server has no session of is offline if it knows the id: by its token, or by its tasks.
Task<Outcome> MachineRun::look_for(Outcome outcome) {
  const std::string id = url_part(result_.agent);
  for (const std::string_view known_by : kKnownBy) {
    std::string path = fmt::format(fmt::runtime(known_by), id);
    try {
      const Answer answer = co_await api_.get(std::move(path));
      const Value payload = answer.payload();
      if (payload.is_object() || payload.size() > 0) outcome = Outcome::offline;
    } catch (const Error&) {
      // It is not known there.
    }
  }
  co_return outcome;
}

Task<> MachineRun::end_command() {
  is_unwanted_ = true;
  if (pid_ == 0) co_return;
  std::string method = "DELETE";
  std::string path = fmt::format("/api/exec/{}/kill/{}", url_part(result_.agent), pid_);
  try {
    co_await api_.call(std::move(method), std::move(path));
  } catch (const Error& error) {
    options_.tell(fmt::format("it could not be ended: {}", error.text()));
  }
}

void MachineRun::note(const Error& error) {
  const bool is_running = !result_.task.empty();
  result_.end.outcome = is_running ? Outcome::broken : outcome_of(error);
  result_.end.reason = error.text();
  if (result_.end.outcome == Outcome::silent)
    result_.end.reason = "no answer in time; the command may still begin";
  const auto* api = dynamic_cast<const ApiError*>(&error);
  if (!is_running && api != nullptr && passes_by_itself(why_unavailable(*api)))
    result_.end.reason += "; the command may still begin";
  if (is_running) result_.end.reason += fmt::format("; it may run on as {}/{}", result_.agent, result_.task);
}

}  // namespace agentctl
