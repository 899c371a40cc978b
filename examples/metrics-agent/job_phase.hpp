// When jobs run. Agents that start in the same second, as after an upgrade of them all, do not report in the
// same second: each has a phase of its own, by its id. All jobs of one agent follow it, so that those that
// can run together wake the machine once. Pure functions.
#pragma once

#include <chrono>
#include <string_view>

// Jobs with longer intervals run for the first time within this time, too.
inline constexpr std::chrono::nanoseconds kLongestPhase = std::chrono::minutes(1);

// At least 0 and less than kLongestPhase; the same for the same agent at every start.
std::chrono::nanoseconds phase_of(std::string_view agent_id, std::string_view host_name);

// How long a job waits for its first run that is begun `since_start` after the agent's start: less than its
// interval, and than kLongestPhase.
std::chrono::nanoseconds first_pause(std::chrono::nanoseconds phase, std::chrono::nanoseconds interval,
                                     std::chrono::nanoseconds since_start);
