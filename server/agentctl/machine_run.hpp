// MachineRun: one agent's part of a run: starting, following, ending.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agentctl/api_client.hpp"
#include "agentctl/follow_task.hpp"
#include "agentctl/task_end.hpp"

namespace agentctl {

// What became of it. `task` is "" if there never was a command.
struct MachineResult {
  std::string agent;
  std::string task;
  TaskEnd end;
  std::uint64_t output_bytes = 0;
  std::chrono::milliseconds took{0};

  bool is_ok() const { return end.outcome == Outcome::ok; }
};

// How a command is started on an agent. The answer's payload has `id` and `pid` of a task, or, of a script
// that has ended already, `code` and `data` (base64). Throws as ApiClient::call().
using Starter = std::function<agent::Task<Answer>(std::string agent)>;

struct MachineOptions {
  Starter start;
  OutputTaker take;
  std::function<void(const std::string&)>
      tell;             // a line for the person: breaks of the connection, what was lost
  bool detach = false;  // do not follow
};

class MachineRun {
 public:
  // The client outlives it.
  MachineRun(ApiClient& api, std::string agent, MachineOptions options);

  // Never throws but for what `take` throws: a failure is a result.
  agent::Task<MachineResult> run();

  // Asks the agent to end the command and all that it started, now or as soon as its process id is known.
  // Tells why that failed.
  agent::Task<> end_command();
  const std::string& agent() const { return result_.agent; }
  const std::string& task() const { return result_.task; }

 private:
  agent::Task<> start_and_follow();
  void take_result(agent::json::Value payload);
  agent::Task<Outcome> look_for(Outcome outcome);
  void note(const agent::Error& error);

  ApiClient& api_;
  MachineOptions options_;
  MachineResult result_;
  std::int64_t pid_ = 0;
  bool is_unwanted_ = false;  // end_command() was called
};

}  // namespace agentctl
