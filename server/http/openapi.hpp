// openapi_document: the table of routes as an OpenAPI 3.1 document.
#pragma once

#include <string>
#include <string_view>

#include "http/router.hpp"

namespace server {

std::string openapi_document(const Router& router, std::string_view title, std::string_view version);

// The name that generated clients call it by: "getExecByIdTasksByTaskOutput".
std::string operation_id(const Route& route);

}  // namespace server
