// ServiceSpec: what a service manager must know to run one program of ours. A value; nothing here touches the
// machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/service.hpp"

namespace agent::host {

// Where the commands of a service find theirs, as systemd has it by itself. What starts a machine otherwise
// knows no /usr/local.
inline constexpr std::string_view kServicePath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct ServiceSpec {
  std::string name;                    // of the service; check_service_name() holds
  std::string description;             // one line, no control characters
  std::string program;                 // absolute path
  std::vector<std::string> arguments;  // exactly as the program is to see them, its name not counted
  std::string user;                    // "" = root
  bool delegate = false;               // makes groups of its own below its own: agents
  bool low_ports = false;              // may listen on ports below 1024: servers
  std::uint64_t open_files = 0;        // limit of open files; 0 = the manager's default
  Confinement confinement = Confinement::strict;
  // Absolute paths, besides its state, log and run directories: those that it writes, such as its logs, and
  // those that it must be able to read. A manager that shuts it in leaves them open.
  std::vector<std::string> writable;
  std::vector<std::string> readable;
};

// The name of a unit, of a script and of a job at once: letters, digits, '-', '_' and '.', not first '.' or
// '-', at most 200 bytes. Throws Errc::bad_config: "service name 'a b': blank is not allowed; want …".
void check_service_name(std::string_view name);

// Paths absolute and without NUL, description on one line, name as above. What a manager cannot express
// besides is refused by its own definition(). Throws Errc::bad_config.
void check_service_spec(const ServiceSpec& spec);

// A byte as messages name it: "blank", "newline", "'%'", "byte 0x1b".
std::string name_of_character(char c);

}  // namespace agent::host
