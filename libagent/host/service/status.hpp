// status: how a service is, for people and as JSON.
#pragma once

#include <optional>
#include <string>

#include "host/service/run_status.hpp"
#include "host/service/verbs.hpp"

namespace agent::host {

int show_service_status(const ServiceScene& scene);

// What the program that the manager runs says of its connection: "connected to S as I since …"; "" = nothing.
std::string describe_connection(const RunStatus& status);

// The status file of the service, if the process that wrote it is the one that the manager runs.
std::optional<RunStatus> run_status_of(const ServiceScene& scene, const ServiceState& state);

}  // namespace agent::host
