#include "logkit_settings.hpp"

#include <cstdlib>

namespace logkit {
namespace {

std::string default_state() {
  const char* const given = std::getenv("STATE_DIRECTORY");
  return std::string(given != nullptr && *given != '\0' ? given : "/var/lib/logkit-agent") + "/runners";
}

}  // namespace

Surroundings LogkitSettings::surroundings() const {
  Surroundings out;
  out.state_directory = state.empty() ? default_state() : state;
  out.roots = agent::AllowedDirectories(roots);
  out.scripts = ScriptRights(scripts);
  out.deletable = DeleteRights(delete_roots);
  return out;
}

}  // namespace logkit
