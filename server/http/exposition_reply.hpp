// Series in Prometheus' text format 0.0.4, as routes answer them.
#pragma once

#include <string>

#include "http/reply.hpp"

namespace server {

// `series` as agent::metrics::Registry and Exposition make them.
Reply exposition_reply(std::string series);

}  // namespace server
