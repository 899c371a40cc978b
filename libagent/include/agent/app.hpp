// App: the interface of the original (Go) libagent, for programs that are being ported: the same functions
// with the same meaning. New agents use agent/agent.hpp, where messages are typed and handlers are
// coroutines.
//
//   class Ping : public agent::App {
//     std::string agent_name() const override { return "ping-agent"; }
//     std::string version() const override { return "1.0.0"; }
//     void on_message(const agent::Envelope& message, agent::Call call) override { ... }
//   };
//   int main(int argc, char** argv) {
//     Ping app;
//     return agent::run_app(app, argc, argv);
//   }
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/main.hpp"

namespace agent {

// All members but push() are called on the agent's loop. What they throw is logged, or answered where
// there is a call.
class App {
 public:
  virtual ~App() = default;

  // As for Agent's constructor: letters, digits, '-', '_' and '.', or else run_app() throws Errc::bad_config.
  virtual std::string agent_name() const = 0;
  // The program's own, such as "1.2.3".
  virtual std::string version() const = 0;
  // Used when the command line names no configuration file.
  virtual std::string conf_path() const { return {}; }

  // The server assigned another id. It is in configuration() and in the file, whose other lines are as they
  // were.
  virtual void on_rewrite_configuration() {}
  // The server has accepted the agent: a session begins.
  virtual void on_connect() {}
  // It has ended, for whatever reason. Calls are cancelled.
  virtual void on_disconnect() {}
  // Right before each report of the agent on itself: the place for own reports, by push().
  virtual void on_report_monitor() {}
  // Each message that the library does not handle itself. Replies go through `call`, also later.
  virtual void on_message(const Envelope& message, Call call) = 0;
  // The agent was told to stop. The session lasts for 1.5 s at most from here.
  virtual void on_stop() {}

  // Queues a message that nobody asked for; takes the place of the originals' write loop. Any thread.
  template <Message T>
  void push(const T& message) {
    agent().send(message);
  }

  // As loaded; an id that the server has assigned is in there.
  const Config& configuration() const { return agent().config(); }
  // What the app runs on. It, push() and configuration() throw Errc::cancelled before attach(), and so before
  // run_app().
  Agent& agent() const {
    if (agent_ == nullptr) throw Error(Errc::cancelled, "the App is attached to no agent yet");
    return *agent_;
  }

  // Joins the app to an agent, which it must outlive. run_app() does it.
  void attach(Agent& agent) {
    agent_ = &agent;
    agent.on_new_id([this] { on_rewrite_configuration(); });
    agent.on_connect([this] { on_connect(); });
    agent.on_disconnect([this] { on_disconnect(); });
    agent.on_report([this] { on_report_monitor(); });
    agent.on_stop([this] { on_stop(); });
    agent.on_other([this](const Envelope& message, Call call) { on_message(message, std::move(call)); });
  }

 private:
  Agent* agent_ = nullptr;
};

// The command line and the exit codes of agent::main for an App. Without arguments the App's conf_path() is
// the configuration file.
inline int run_app(App& app, int argc, char** argv) {
  Agent agent(app.agent_name(), app.version());
  app.attach(agent);
  std::string option = "--conf";
  std::string path = app.conf_path();
  std::vector<char*> arguments(argv, argv + argc);
  if (argc == 1 && !path.empty()) arguments.insert(arguments.end(), {option.data(), path.data()});
  arguments.push_back(nullptr);
  return main(agent, static_cast<int>(arguments.size()) - 1, arguments.data());
}

}  // namespace agent
