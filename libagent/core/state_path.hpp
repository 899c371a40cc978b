// state_path: where an agent keeps what it must find again, of each configuration file its own, since several
// agents of a machine may have one name.
#pragma once

#include <string>
#include <string_view>

namespace agent::core {

// <state directory of `agent`>/<name of the file>-<hash of its path><ending>. Nothing is made.
std::string state_path(std::string_view agent, const std::string& config_path, std::string_view ending);

}  // namespace agent::core
