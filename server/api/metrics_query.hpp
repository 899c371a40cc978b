// What the routes of /api/metrics may be told in their queries.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "http/parameter.hpp"
#include "http/request.hpp"
#include "metrics/host_samples.hpp"

namespace server {

Parameter metrics_agent_parameter();
Parameter max_age_parameter();
Parameter top_parameter();
Parameter kinds_parameter();

// For requests whose routes declare the parameter. They throw RequestError 400.

// "10s"; nullopt when absent or empty.
MaxAge read_max_age(const Request& request);
// As in the original, what is no number means all: 0.
std::int64_t read_top(const Request& request);
std::vector<std::string> read_kinds(const Request& request);

}  // namespace server
