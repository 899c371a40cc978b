#include "host/command_mark.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "host/proc_text.hpp"

namespace agent::host {

bool is_of_command(int pid) {
  std::string environment("\0", 1);
  environment += read_text(fmt::format("/proc/{}/environ", pid));
  return environment.find(std::string("\0LIBAGENT_TASK=", 15)) != std::string::npos;
}

bool was_left_behind(int pid) { return is_of_command(pid) && !is_of_command(::getpid()); }

}  // namespace agent::host
