#include "task_settings.hpp"

#include <fmt/format.h>

#include <agent/units.hpp>
#include <algorithm>
#include <filesystem>

namespace {

// The items of "a,b,c" in order.
template <class Visit>
void each_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    visit(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

bool is_item(std::string_view list, std::string_view wanted) {
  bool found = false;
  each_item(list, [&](std::string_view item) { found = found || item == wanted; });
  return found;
}

[[noreturn]] void fail_unknown(std::string_view what, std::string_view name, std::string_view known) {
  throw agent::Error(agent::Errc::bad_message,
                     fmt::format("there is no {} '{}', only {}", what, name, known));
}

}  // namespace

std::string_view name_of(Job job) {
  std::string_view name;
  auto left = static_cast<std::size_t>(job);
  each_item(kJobNames, [&](std::string_view item) {
    if (left-- == 0) name = item;
  });
  return name;
}

std::optional<Job> find_job(std::string_view name) {
  for (const Job job : kJobs) {
    if (name_of(job) == name) return job;
  }
  return std::nullopt;
}

std::vector<Job> parse_jobs(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!find_job(name)) fail_unknown("job", name, kJobNames);
  }
  std::vector<Job> jobs;
  for (const Job job : kJobs) {
    if (std::find(names.begin(), names.end(), name_of(job)) != names.end()) jobs.push_back(job);
  }
  return jobs;
}

void check_kinds(const std::vector<std::string>& kinds) {
  for (const std::string& kind : kinds) {
    if (!is_item(kConnectionKinds, kind)) fail_unknown("kind of connection", kind, kConnectionKinds);
  }
}

std::chrono::nanoseconds TaskSettings::interval(Job job) const {
  switch (job) {
    case Job::facts: return std::max(facts_interval, kShortestJobInterval);
    case Job::usage: return std::max(usage_interval, kShortestJobInterval);
    case Job::processes: return std::max(processes_interval, kShortestJobInterval);
    case Job::connections: return std::max(connections_interval, kShortestJobInterval);
    case Job::temperatures: return std::max(temperatures_interval, kShortestJobInterval);
  }
  return kShortestJobInterval;
}

void TaskSettings::check(agent::Settings& settings) const {
  settings.allow_only_known("task.");
  settings.allow_only_known("host.");
  const auto look_at = [&settings](std::string_view key, std::chrono::nanoseconds interval) {
    if (interval >= kShortestJobInterval) return;
    settings.warning(key,
                     fmt::format("{} is too short, it is done every {}", agent::format_duration(interval),
                                 agent::format_duration(kShortestJobInterval)));
  };
  look_at("task.static.interval", facts_interval);
  look_at("task.usage.interval", usage_interval);
  look_at("task.process.interval", processes_interval);
  look_at("task.conns.interval", connections_interval);
  look_at("task.temps.interval", temperatures_interval);
  std::error_code failed;
  if (!std::filesystem::is_directory(host_root, failed))
    settings.problem("host.root", "'" + host_root + "' is not a directory");
}
