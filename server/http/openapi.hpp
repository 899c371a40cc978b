// openapi_document: the table of routes as an OpenAPI 3.1 document, and as a page for people.
#pragma once

#include <string>
#include <string_view>

#include "http/router.hpp"

namespace server {

std::string openapi_document(const Router& router, std::string_view title, std::string_view version);

// A small HTML page that lists the routes; no scripts, nothing from elsewhere.
std::string routes_page(const Router& router, std::string_view title, std::string_view version);

}  // namespace server
