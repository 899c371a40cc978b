// expression: `str_valid`, in the syntax of RE2 and so of the originals' Go. Pure.
#pragma once

#include <optional>
#include <string>

namespace manifest {

// Why it does not compile; nullopt when it does.
std::optional<std::string> fault_of_expression(const std::string& expression);

// Whether it is found somewhere in the text. False for one that does not compile.
bool finds(const std::string& expression, const std::string& text);

}  // namespace manifest
