// The two pages for people: where to go, and what can be called. No scripts, nothing from elsewhere, and no
// secrets: they are shown to everybody.
#pragma once

#include <string>
#include <string_view>

#include "http/reply.hpp"
#include "http/router.hpp"

namespace server {

// What GET / answers: links to what a person may want to see.
std::string index_page(std::string_view title, std::string_view version);

// Every route with its parameters.
std::string routes_page(const Router& router, std::string_view title, std::string_view version);

// A page as a reply. What it may do stands in inert.hpp.
Reply page_reply(std::string page);

}  // namespace server
