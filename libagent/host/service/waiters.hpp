// service_waiters: processes that wait for a service manager to stop or start a service. A service that runs
// such a process itself, and waits for its end before it stops, would wait forever.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

// Whether a process with this name and these arguments waits for `service`: systemctl with a verb that
// changes its state, or our own `run --daemon` that ends or replaces another. Pure.
bool waits_for_service(std::string_view program, const std::vector<std::string>& arguments,
                       std::string_view service);

// Sends SIGTERM to those among the descendants of `pid`, itself included. How many.
std::size_t release_service_waiters(int pid, std::string_view service);

}  // namespace agent::host
