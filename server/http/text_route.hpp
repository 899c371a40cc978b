// text_route(): what is read by GET and answered as text.
#pragma once

#include <string_view>

#include "http/router.hpp"

namespace server {

// Its parameters are the caller's to add. `pattern` and `summary` are literals.
Route text_route(std::string_view pattern, std::string_view summary, Handler handler);

}  // namespace server
