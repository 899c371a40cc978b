// What a program says about itself as a service of the system, and the verbs that every program of ours has:
// install, uninstall, start, stop, restart, status.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace agent {

// How far systemd shuts a program in; docs/services.md has the lists.
enum class Confinement {
  strict,    // sees little of the machine, and changes nothing but its own files
  observer,  // sees what root sees, and changes nothing but its own files: agents that measure the machine
  commands,  // runs whatever somebody orders, as root does: not confined
};

struct ServiceProgram {
  enum class Kind { agent, server };

  std::string name;         // of the service, the unit, the log files: Agent's name
  std::string description;  // one line
  Kind kind = Kind::agent;
  Confinement confinement = Confinement::strict;
  std::uint64_t open_files = 0;  // limit of open files; 0 = the system's
};

}  // namespace agent
