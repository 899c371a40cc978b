// The page that says what can be called. No scripts, nothing from elsewhere, and no secrets: it is shown to
// everybody.
#pragma once

#include <string>
#include <string_view>

#include "http/reply.hpp"
#include "http/router.hpp"

namespace server {

// Every route with its parameters.
std::string routes_page(const Router& router, std::string_view title, std::string_view version);

// A page as a reply. What it may do stands in inert.hpp.
Reply page_reply(std::string page);

}  // namespace server
