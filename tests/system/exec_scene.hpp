// ExecScene: the real exec-agent, connected to a server in the hands of the test.
#pragma once

#include <catch2/catch.hpp>
#include <cstddef>
#include <map>
#include <string>

#include "agent/wire/exec.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/programs.hpp"

namespace test {

// What has come back for one task. The order of its messages has been checked.
struct TaskResult {
  bool answered = false;  // execd came
  bool over = false;      // exec_done, or an execd that says no
  agent::wire::Execd start;
  std::string output;
  std::size_t pieces = 0;
  std::size_t largest_piece = 0;  // raw bytes
  agent::wire::ExecDone end;
};

inline agent::wire::Exec shell_command(std::string line) {
  agent::wire::Exec exec;
  exec.cmd = std::move(line);
  return exec;
}

class ExecScene {
 public:
  // `settings`: further lines of agent.conf. `starter` as for AgentProgram.
  explicit ExecScene(const std::string& settings = {}, const Program::Arguments& starter = {});

  // Sends it under a tid of its own, which is returned.
  std::string send(const agent::wire::Exec& exec);
  void kill(std::int64_t pid);
  // Takes messages until the task has got so far. The results of all tasks grow meanwhile.
  TaskResult& wait_for_start(const std::string& tid);
  TaskResult& wait_for_output(const std::string& tid, const std::string& text);
  TaskResult& wait_for_end(const std::string& tid);
  TaskResult run(const agent::wire::Exec& exec) { return wait_for_end(send(exec)); }
  // The agent works, and has sent nothing for a task that is over.
  void check_unharmed();

  TaskResult& result(const std::string& tid) { return results_[tid]; }
  std::size_t most_at_once() const { return most_at_once_; }  // commands between start and end
  AgentProgram& agent() { return agent_; }
  Program& program() { return agent_.program(); }
  WirePeer& session() { return session_; }
  // A message that was read from the session by the test itself.
  void take(std::string text);
  // The agent comes back after its session is gone.
  void reconnect() { session_ = server_.connected(); }

 private:
  void receive() { take(session_.receive()); }
  void take(const agent::Envelope& message, TaskResult& result);

  WireServer server_;
  AgentProgram agent_;
  WirePeer session_;
  int sent_ = 0;
  std::size_t at_once_ = 0;
  std::size_t most_at_once_ = 0;
  std::map<std::string, TaskResult> results_;
};

}  // namespace test
