// problem_of: what kind of thing keeps an agent from its server. Pure.
#pragma once

#include <exception>

#include "host/service/run_status.hpp"

namespace agent::core {

// `error`: what an attempt to connect threw.
host::Problem problem_of(const std::exception& error);

}  // namespace agent::core
