// Series in Prometheus' text format 0.0.4, as routes answer them.
#pragma once

#include <string>
#include <string_view>

#include "http/reply.hpp"
#include "http/router.hpp"

namespace server {

// `series` as agent::metrics::Registry and Exposition make them.
Reply exposition_reply(std::string series);

// GET `pattern`. The handler answers exposition_reply().
Route exposition_route(std::string_view pattern, std::string_view summary, Handler handler);

}  // namespace server
