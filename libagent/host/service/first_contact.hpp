// `install --now`: the service starts, and whoever typed it learns how it goes.
#pragma once

#include <chrono>
#include <string>

#include "host/service/run_status.hpp"
#include "host/service/verbs.hpp"

namespace agent::host {

// An agent has so long to be accepted by its server.
inline constexpr std::chrono::seconds kContactLimit{15};

// Starts the service, or starts it again when it runs and `changed` or its program was replaced; waits for an
// agent's session, and says what happened and what to do next. The exit code: 0 connected (a server: it
// runs).
int start_and_watch(const ServiceScene& scene, bool changed);

// What to do when an agent stays away because of `problem`; one line.
std::string next_step(const ServiceScene& scene, const RunStatus& status);

}  // namespace agent::host
