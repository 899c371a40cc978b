// What the configuration says about the limits of commands: exec.limit.*.
#pragma once

#include <agent/agent.hpp>
#include <agent/limits.hpp>
#include <cstdint>

struct LimitRules {
  // 0 = none.
  std::uint32_t cpu_percent = 0;
  agent::Bytes memory;
  std::uint32_t pids = 0;
  std::uint64_t cpu_seconds = 0;
  std::uint32_t max_cpu_percent = 0;
  agent::Bytes max_memory;
  std::uint32_t max_pids = 0;
  std::uint64_t max_cpu_seconds = 0;

  static void fields(auto& field) {
    field("cpu_percent", &LimitRules::cpu_percent,
          "CPU percent of a command that asks for none, 100 = one core; 0: no limit");
    field("memory", &LimitRules::memory,
          "memory with swap of a command that asks for none; 0: no limit, else at least 1Mi");
    field("pids", &LimitRules::pids,
          "processes and threads at a time of a command that asks for none; 0: no limit");
    field("cpu_seconds", &LimitRules::cpu_seconds,
          "CPU seconds of all processes of a command that asks for none; 0: no limit");
    field("max_cpu_percent", &LimitRules::max_cpu_percent,
          "most CPU percent that a request may ask for; 0: any");
    field("max_memory", &LimitRules::max_memory, "most memory that a request may ask for; 0: any");
    field("max_pids", &LimitRules::max_pids, "most processes and threads that a request may ask for; 0: any");
    field("max_cpu_seconds", &LimitRules::max_cpu_seconds,
          "most CPU seconds that a request may ask for; 0: any");
  }
  void check(agent::Settings& settings) const;

  // What a command gets that asks for `asked`. Throws as agent::granted_limits().
  agent::CommandLimits grant(const agent::CommandLimits& asked) const;
};
