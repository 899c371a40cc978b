// The settings of the server as data; the rest of server_config.hpp is in server_config.cpp.
#include <span>

#include "agent/manifest.hpp"
#include "server_config.hpp"

namespace server {

// Put in by the build, out of manifest/*.yaml (manifest/texts.cmake).
extern const std::span<const agent::LanguageFile> kSettingTexts;

std::string server_manifest() {
  return agent::manifest_yaml(agent::describe_settings(ServerConfig()), agent::SettingTexts(kSettingTexts));
}

}  // namespace server
