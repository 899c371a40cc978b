// What a program says about itself as a service of the system. agent::main() (agent/main.hpp) has the verbs:
// install, uninstall, start, stop, restart, status.
#pragma once

#include <cstdint>
#include <string>

namespace agent {

// How far systemd shuts a program in. docs/services.md has the lists; each unit says beside its settings what
// was left out, and why.
enum class Confinement {
  strict,    // sees no home directories and no other /tmp, and changes nothing but its own files
  observer,  // sees the machine as root does, mounts and processes too, and has few rights besides
  commands,  // runs whatever somebody orders, with all rights of its user: not confined
};

// What an agent says for itself: the more it does on its machine, the more it must say here.
struct ServiceProfile {
  std::string description;  // one line; "" = the name of the program
  Confinement confinement = Confinement::strict;
  std::uint64_t open_files = 0;  // limit of open files; 0 = the system's
};

}  // namespace agent
