// TaskSettings: what metrics-agent collects, how often, and of what (keys task.* and host.*).
#pragma once

#include <agent/config.hpp>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// In the order in which they are listed.
enum class Job { facts, usage, processes, connections, temperatures };
inline constexpr std::array kJobs{Job::facts, Job::usage, Job::processes, Job::connections,
                                  Job::temperatures};
// Their names on the wire and in the file.
inline constexpr std::string_view kJobNames = "static,usage,process,conns,temps";
std::string_view name_of(Job job);

// What connections may be asked for; tcp is both tcp4 and tcp6.
inline constexpr std::string_view kConnectionKinds = "tcp,tcp4,tcp6,udp,udp4,udp6,unix";

// No job runs more often.
inline constexpr std::chrono::nanoseconds kShortestJobInterval = std::chrono::seconds(1);

struct TaskSettings {
  std::vector<std::string> jobs;
  std::chrono::nanoseconds facts_interval = std::chrono::hours(24);
  std::chrono::nanoseconds usage_interval = std::chrono::seconds(5);
  std::chrono::nanoseconds processes_interval = std::chrono::minutes(1);
  std::chrono::nanoseconds connections_interval = std::chrono::minutes(1);
  std::chrono::nanoseconds temperatures_interval = std::chrono::minutes(1);
  std::int64_t process_limit = 0;
  std::string command_lines = "masked";
  std::uint64_t process_top = 0;
  std::int64_t connection_limit = 0;
  std::vector<std::string> connection_kinds;
  std::string host_root = "/";
  std::vector<std::string> file_system_types;
  std::vector<std::string> not_file_system_types;
  std::vector<std::string> not_mounts;

  // As it counts: at least kShortestJobInterval.
  std::chrono::nanoseconds interval(Job job) const;

  void check(agent::Settings& settings) const;

  static void fields(auto& field) {
    using Rules = agent::FieldRules;
    field("task.jobs", &TaskSettings::jobs,
          "what is reported: static (facts about the host), usage, process, conns (connections) and temps "
          "(temperatures); empty: nothing",
          Rules{.one_of = kJobNames, .category = "reports"});
    field("task.static.interval", &TaskSettings::facts_interval, "time between two reports of the facts",
          of_job("static"));
    field("task.usage.interval", &TaskSettings::usage_interval, "time between two reports of the usage",
          of_job("usage"));
    field("task.process.interval", &TaskSettings::processes_interval,
          "time between two reports of the processes", of_job("process"));
    field("task.process.qps_limit", &TaskSettings::process_limit,
          "speed at which processes are looked at, two items each, in items a second; 0: no limit; negative: "
          "200",
          Rules{.category = "reports"});
    field("task.process.cmdline", &TaskSettings::command_lines,
          "command lines leave this machine with their secrets masked, in full, or as the program's name",
          Rules{.one_of = "masked,full,name", .category = "reports"});
    field("task.process.top", &TaskSettings::process_top,
          "number of processes in a report, those with the most CPU time; 0: all",
          Rules{.category = "reports"});
    field("task.conns.interval", &TaskSettings::connections_interval,
          "time between two reports of the connections", of_job("conns"));
    field("task.conns.qps_limit", &TaskSettings::connection_limit,
          "speed at which connections are looked at, in items a second; 0: no limit; negative: 500",
          Rules{.category = "reports"});
    field("task.conns.allow", &TaskSettings::connection_kinds,
          "kinds of connections that are reported, and answered where none is asked for; empty: all",
          Rules{.one_of = kConnectionKinds, .category = "reports"});
    field("task.temps.interval", &TaskSettings::temperatures_interval,
          "time between two reports of the temperatures", of_job("temps"));
    field("host.root", &TaskSettings::host_root,
          "where the host's root directory is: /host in a container that has it mounted there",
          Rules{.kind = agent::ValueKind::path,
                .absolute = true,
                .pattern = "^/",
                .mismatch = "is not an absolute path",
                .category = "host"});
    field("host.fs.types", &TaskSettings::file_system_types,
          "types of file systems that are reported beside the usual ones, * for all",
          Rules{.category = "host"});
    field("host.fs.not_types", &TaskSettings::not_file_system_types,
          "types of file systems that are not reported", Rules{.category = "host"});
    field("host.fs.not_mounts", &TaskSettings::not_mounts,
          "mount points that are not reported, with * for anything; / always is", Rules{.category = "host"});
  }

 private:
  // The time between two reports of a job counts while the job is among task.jobs.
  static constexpr agent::FieldRules of_job(std::string_view job) {
    return {.category = "reports", .needs = {.key = "task.jobs", .contains = job}};
  }
};

// The job of this name.
std::optional<Job> find_job(std::string_view name);

// Jobs by their names, each once, in the order of kJobs. Throws Errc::bad_message, which names the known
// ones.
std::vector<Job> parse_jobs(const std::vector<std::string>& names);

// Throws Errc::bad_message, which names the known ones, when one is unknown.
void check_kinds(const std::vector<std::string>& kinds);
