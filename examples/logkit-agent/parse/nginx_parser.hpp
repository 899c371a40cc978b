// The parser nginx: access logs by the log_format of a configuration of nginx.
//
//   nginx_log_format_path   the configuration; or
//   nginx_log_format_regex  an expression with named groups
//   nginx_log_format_name   main
//   nginx_schema            types: "name type, name:type", as in typed_value.hpp; other fields are texts
//
// "-" as a number is 0. A value of another type than the schema's is a text.
#pragma once

#include <memory>
#include <optional>

#include "parser.hpp"

namespace logkit {

std::unique_ptr<Parser> make_nginx_parser(const PartOptions& options);

// The format of that name in the text of a configuration, its pieces joined; nothing: it is not there.
std::optional<std::string> find_log_format(std::string_view configuration, std::string_view name);
// The expression of a format: each $variable is a group that ends where the next literal character is.
std::string expression_of_format(std::string_view format);

}  // namespace logkit
