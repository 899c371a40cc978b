// What the settings of an agent mean for the program: read, checked, put into effect.
#pragma once

#include <string>

#include "agent/config.hpp"
#include "core/agent_state.hpp"

namespace agent::core {

// Where settings come from besides the environment; "" = not given.
struct SettingsSource {
  std::string path;    // of the file
  std::string text{};  // of one, in place of a file: for tests
  std::string server;  // as a file has it; wins over file and environment
  std::string id;
};

// Whether there is enough to know a server, LIBAGENT_SERVER counted: without one nothing can run.
bool names_a_server(const SettingsSource& source);

// Fills `state.config`, the agent's own settings, and state.outdated. What is wrong is in the problems of
// the result, and checked as far as can be without connecting. Without a file an id that nobody gave is
// $HOSTNAME. Throws Errc::bad_config when the file cannot be read.
Settings read_settings(AgentState& state, const SettingsSource& source);

// Opens the log as configured; writes what was odd in the file into it.
void open_log(const AgentState& state);

// Every setting of the agent, those of the library behind "basic.", as originals write them.
std::vector<SettingInfo> all_settings(const AgentState& state);

// Their names and descriptions. Throws Errc::bad_config for a text of the agent's that cannot be read.
SettingTexts all_texts(const AgentState& state);

}  // namespace agent::core
