// The verbs as a command line has them, for every program of ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/service/machine.hpp"
#include "host/service/service_program.hpp"
#include "host/service/service_request.hpp"

namespace agent::host {

// argv without its name, with what the originals and classic programs take (reference agent behaviour, 17) as
// we spell it: "-conf F" is "--conf F", "-act install" and "-action install" are "install".
std::vector<std::string> plain_arguments(int argc, const char* const* argv);

// Serves `arguments` when they have one of the verbs, wherever in them, and gives the exit code; nullopt when
// they are somebody else's. `called_as` is argv[0].
std::optional<int> serve_service_verb(const ServiceProgram& program, const std::string& called_as,
                                      const std::vector<std::string>& arguments);

// The same with a machine and a console of the caller's; `program_path` is the absolute path of the program.
std::optional<int> serve_service_verb(const ServiceProgram& program, const std::string& program_path,
                                      const std::vector<std::string>& arguments,
                                      const ServiceMachine& machine, const ServiceConsole& console);

}  // namespace agent::host
