// example-agent answers a foo (type 8) with a bar (type 9): the smallest agent that a server can call.
#include <agent/log.hpp>
#include <agent/main.hpp>
#include <agent/wire/control.hpp>
#include <span>

// What this agent can be told beyond what every agent can; agent.conf has the same keys.
struct Settings {
  std::chrono::nanoseconds delay{0};

  static void fields(auto& field) {
    field("foo.delay", &Settings::delay, "time that the agent waits before it answers",
          agent::FieldRules{.max = "1h", .category = "answers"});
  }
};

class Example {
 public:
  explicit Example(agent::Agent& agent)
      : agent_(agent), answered_(agent.counter("example_answered_total", "Foos that were answered")) {
    agent_.config(settings_);
    agent_.on<agent::wire::Foo>([this](agent::wire::Foo, agent::Call call) { return answer(call); });
    agent_.on_start(
        [this] { agent::log::info("answers after {}", agent::format_duration(settings_.delay)); });
    agent_.on_connect([this] { agent::log::info("ready to answer as {}", agent_.id()); });
  }

 private:
  agent::Task<> answer(agent::Call call) {
    if (settings_.delay.count() > 0) co_await agent_.pause(settings_.delay);  // others are answered meanwhile
    call.send(agent::wire::Bar());
    answered_.add();
  }

  agent::Agent& agent_;
  agent::metrics::Counter& answered_;
  Settings settings_;
};

// What the settings are called: manifest/*.yaml, put in by the build (manifest/texts.cmake).
extern const std::span<const agent::LanguageFile> kSettingTexts;

int main(int argc, char** argv) {
  agent::Agent agent("example-agent", EXAMPLE_AGENT_VERSION);
  agent.setting_texts(kSettingTexts);
  Example example(agent);
  return agent::main(agent, argc, argv);
}
