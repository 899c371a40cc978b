// What is wrong with limit.* before the system is asked. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/config.hpp"

namespace agent::host {

// 8192 processors (CONFIG_NR_CPUS of the largest kernels). The kernel refuses far larger quotas with EINVAL.
inline constexpr std::uint32_t kMaxCpuPercent = 819'200;

// An agent of ours has 6 MB in use when it starts to work (docs/limits.md), and the kernel's share comes on
// top.
inline constexpr Bytes kAgentNeeds{8 * 1024 * 1024};

// Every problem, with the key, the value and what would have been right; empty when there is none. 0 is no
// limit. `agent_needs` is the memory that the agent has in use before it starts to work.
std::vector<std::string> problems_of(const LimitConfig& limit, Bytes agent_needs);

}  // namespace agent::host
