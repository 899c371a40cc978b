// metrics-agent tells a server what a machine is and what it does.
#include <agent/main.hpp>
#include <agent/memory.hpp>
#include <span>

#include "machine_sampling.hpp"
#include "metrics_agent.hpp"

// What the settings are called: manifest/*.yaml, put in by the build (manifest/texts.cmake).
extern const std::span<const agent::LanguageFile> kSettingTexts;

int main(int argc, char** argv) {
  agent::share_heap();
  agent::Agent agent("metrics-agent", METRICS_AGENT_VERSION);
  agent.setting_texts(kSettingTexts);
  MetricsAgent metrics(agent, machine_samplings());
  agent::ServiceProfile profile;
  profile.description = "metrics-agent: reports what this machine is and does to agent-server";
  profile.confinement = agent::Confinement::observer;
  return agent::main(agent, profile, argc, argv);
}
