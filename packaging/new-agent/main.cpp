// A service of its own: it answers a question (message 1001) with an answer (1002), and can be told what to
// say.
#include <agent/log.hpp>
#include <agent/main.hpp>

struct Question {
  static constexpr agent::MessageKind message{1001, "question"};
  std::string name;
  static void fields(auto& field) { field("name", &Question::name, "who asks"); }
};

struct Answer {
  static constexpr agent::MessageKind message{1002, "answer"};
  std::string text;
  static void fields(auto& field) { field("text", &Answer::text); }
};

// What this agent can be told beyond what every agent can: conf/agent.conf has the same keys.
struct Settings {
  std::string greeting = "hello";
  static void fields(auto& field) { field("own.greeting", &Settings::greeting, "how an answer begins"); }
};

// What people read about it; conf/manifest.yaml has the same.
constexpr agent::LanguageFile kTexts[] = {
    {"zh", "own.greeting:\n  name: 问候语\n  desc: 应答以此开头。\n"},
    {"en", "own.greeting:\n  name: Greeting\n  desc: How an answer begins.\n"}};

int main(int argc, char** argv) {
  agent::Agent agent(AGENT_NAME, AGENT_VERSION);
  Settings settings;
  agent.config(settings);
  agent.setting_texts(kTexts);
  agent.on<Question>(
      [&](const Question& question) { return Answer{settings.greeting + ", " + question.name}; });
  return agent::main(agent, argc, argv);
}
