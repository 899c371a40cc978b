// exec-agent runs the commands that a server sends, and moves files.
#include <agent/main.hpp>

#include "commands.hpp"
#include "file_requests.hpp"
#include "uploads.hpp"

int main(int argc, char** argv) {
  agent::Agent agent("exec-agent", EXEC_AGENT_VERSION);
  Uploads uploads;
  Commands commands(agent, uploads);
  ServedFiles files(agent, uploads);
  add_file_handlers(files);
  agent::ServiceProfile profile;
  profile.description = "exec-agent: runs commands and moves files for agent-server";
  profile.confinement = agent::Confinement::commands;
  return agent::main(agent, profile, argc, argv);
}
