// logkit-agent collects logs: it tails files, parses their lines, and sends records, each once.
#include <agent/log.hpp>
#include <agent/main.hpp>
#include <agent/memory.hpp>
#include <memory>
#include <optional>
#include <span>

#include "run/collector.hpp"
#include "run/logkit_commands.hpp"
#include "run/logkit_settings.hpp"

// What the settings are called: manifest/*.yaml, put in by the build (manifest/texts.cmake).
extern const std::span<const agent::LanguageFile> kSettingTexts;

int main(int argc, char** argv) {
  agent::share_heap();
  if (const auto code = logkit::serve_command({argv + (argc > 0 ? 1 : 0), argv + argc})) return *code;
  agent::Agent agent("logkit-agent", LOGKIT_AGENT_VERSION);
  logkit::LogkitSettings settings;
  agent.config(settings);
  agent.setting_texts(kSettingTexts);
  std::shared_ptr<logkit::Collector> collector;
  agent.on_start([&] {
    collector = std::make_shared<logkit::Collector>(settings.runners, settings.surroundings());
    agent.metrics().collect([collector](agent::metrics::Exposition& out) { collector->expose(out); });
    collector->start();
  });
  // Batches that are on their way have a moment: what is not taken by then is read again next time.
  agent.before_stop([&]() -> agent::Task<> {
    const auto end = [ending = collector] {
      ending->stop();
      ending->wait();
    };
    if (collector) co_await agent.offload(end);
  });
  agent::ServiceProfile profile;
  profile.description = "logkit-agent: collects logs, parses them and sends records";
  profile.confinement = agent::Confinement::observer;
  profile.open_files = 65536;
  return agent::main(agent, profile, argc, argv);
}
