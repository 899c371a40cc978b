// exec-agent runs the commands that a server sends, and moves files.
#include <agent/main.hpp>
#include <span>

#include "commands.hpp"
#include "file_requests.hpp"
#include "uploads.hpp"

// What the settings are called: manifest/*.yaml, put in by the build (manifest/texts.cmake).
extern const std::span<const agent::LanguageFile> kSettingTexts;

int main(int argc, char** argv) {
  agent::Agent agent("exec-agent", EXEC_AGENT_VERSION);
  agent.setting_texts(kSettingTexts);
  Uploads uploads;
  Commands commands(agent, uploads);
  ServedFiles files(agent, uploads);
  add_file_handlers(files);
  agent::ServiceProfile profile;
  profile.description = "exec-agent: runs commands and moves files for agent-server";
  profile.confinement = agent::Confinement::commands;
  return agent::main(agent, profile, argc, argv);
}
