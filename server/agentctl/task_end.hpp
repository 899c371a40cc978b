// TaskEnd: how a command ended, as the server's record of it says, and what that means for a person: a word,
// a reason and an exit code. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "agent/error.hpp"
#include "agent/json_value.hpp"

namespace agentctl {

// Outcomes of one agent's part. Those up to `lost` are of a command that was given to its agent.
enum class Outcome {
  ok,         // exit code 0
  started,    // and nobody was to wait for its end
  failed,     // another exit code, or a signal
  timed_out,  // ended by its time-out
  not_started,
  lost,       // nobody knows how it ended
  unknown,    // no agent of that id is known
  offline,    // known, and not connected
  silent,     // connected, and does not answer
  refused,    // the server or the agent said no before it began
  broken,     // the way to the server failed
  left,       // it runs on, and nobody waits for it any more
  not_begun,  // another one failed first, or the person stopped it
};
// "ok", "timed out", "not begun".
std::string_view word_of(Outcome outcome);

struct TaskEnd {
  Outcome outcome = Outcome::lost;
  std::int64_t code = 0;  // exit code, -1 by a signal
  std::int64_t signal = 0;
  std::string reason;  // why, beyond the code; "" = there is nothing to say
  bool truncated = false;
  std::uint64_t output_size = 0;
  std::uint64_t kept_size = 0;
};

// `record`: of a command that is over (GET /api/exec/{id}/tasks/{task}), or the result of a script.
TaskEnd end_of(agent::json::Value record);
// What a request that failed before there was a command means.
Outcome outcome_of(const agent::Error& error);

// What agentctl exits with for one agent: the command's own code (128 + n after signal n), 124, 125, 126, 127
// or 255.
int exit_code_of(const TaskEnd& end);

}  // namespace agentctl
