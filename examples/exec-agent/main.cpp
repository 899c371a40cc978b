// exec-agent runs the commands that a server sends.
#include <agent/main.hpp>

#include "commands.hpp"
#include "uploads.hpp"

int main(int argc, char** argv) {
  agent::Agent agent("exec-agent", EXEC_AGENT_VERSION);
  Uploads uploads;
  Commands commands(agent, uploads);
  return agent::main(agent, argc, argv);
}
