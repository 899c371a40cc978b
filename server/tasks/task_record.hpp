// TaskRecord: what is known of one task, as the API shows it. StoredTask: the same with what only the server
// may know, as it is stored. Values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/fields.hpp"

namespace server {

// The originals' codes of tasks that did not end by themselves (wire protocol, 7.1), and one of ours.
inline constexpr std::int64_t kCodeTimeout = -65535;
inline constexpr std::int64_t kCodeProtocol = -65534;
inline constexpr std::int64_t kCodeLost = -65533;

// States: "starting" (sent, not answered), "running", "away" (the agent is, the command goes on), "done"
// (has an exit code), "failed" (did not start), "lost" (nobody knows how it ended).
namespace task_state {
inline constexpr std::string_view starting = "starting";
inline constexpr std::string_view running = "running";
inline constexpr std::string_view away = "away";
inline constexpr std::string_view done = "done";
inline constexpr std::string_view failed = "failed";
inline constexpr std::string_view lost = "lost";
}  // namespace task_state
inline constexpr std::array<std::string_view, 6> kTaskStates{task_state::starting, task_state::running,
                                                             task_state::away,     task_state::done,
                                                             task_state::failed,   task_state::lost};

struct TaskRecord {
  std::string id;
  std::string agent;
  std::string owner;
  std::string from;
  std::string command;
  std::string state{task_state::starting};
  std::string reason;
  std::int64_t timeout = 0;
  std::int64_t pid = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t expires = 0;
  std::int64_t code = 0;
  std::int64_t signal = 0;
  bool timed_out = false;
  bool truncated = false;
  std::uint64_t output_size = 0;
  std::uint64_t kept_size = 0;
  bool acknowledged = false;
  bool asynchronous = false;

  bool is_over() const {
    return state == task_state::done || state == task_state::failed || state == task_state::lost;
  }

  static void fields(auto& field) {
    using agent::omit_empty;
    field("id", &TaskRecord::id, "task id, also the tid of its messages");
    field("agent", &TaskRecord::agent, "agent id");
    field("owner", &TaskRecord::owner, "name of the token that started it, empty without authentication");
    field("from", &TaskRecord::from, "address of the client that started it", omit_empty);
    field("command", &TaskRecord::command, "what runs, credentials masked");
    field("state", &TaskRecord::state, "starting, running, away, done, failed or lost");
    field("reason", &TaskRecord::reason, "why it failed or was lost", omit_empty);
    field("timeout", &TaskRecord::timeout, "seconds that it may run");
    field("pid", &TaskRecord::pid, "process id on the agent's machine, once it runs", omit_empty);
    field("begin", &TaskRecord::begin, "Unix seconds of its start", omit_empty);
    field("end", &TaskRecord::end, "Unix seconds of its end", omit_empty);
    field("expires", &TaskRecord::expires, "Unix seconds from which on it may be forgotten, once it is over",
          omit_empty);
    field("code", &TaskRecord::code,
          "exit code; -1 by a signal, -65533 lost, -65534 protocol, -65535 timeout");
    field("signal", &TaskRecord::signal, "the signal that ended it", omit_empty);
    field("timed_out", &TaskRecord::timed_out, "ended by its timeout", omit_empty);
    field("truncated", &TaskRecord::truncated, "not all of its output was kept");
    field("output_size", &TaskRecord::output_size, "bytes that it wrote");
    field("kept_size", &TaskRecord::kept_size, "bytes of them that can be read");
    field("acknowledged", &TaskRecord::acknowledged, "it survives a lost connection (capability ack)");
    field("asynchronous", &TaskRecord::asynchronous, "started with result = false");
  }
};

// To whom a task was given, and who may have it back. It is in no reply: who knows an agent's instance could
// pass for its process.
struct StoredTask : TaskRecord {
  std::string instance;  // of the agent's process, "" for those that have none
  std::string token;     // name of the token that the agent came with, "" without one

  // Whether an agent of its id may have it back: the same process, or one with a token of the same name,
  // which is everybody where no tokens are asked for.
  bool was_given_to(std::string_view to_instance, std::string_view to_token) const {
    return token == to_token || (!instance.empty() && instance == to_instance);
  }

  static void fields(auto& field) {
    using agent::omit_empty;
    TaskRecord::fields(field);
    field("instance", &StoredTask::instance, "process of the agent that it was given to", omit_empty);
    field("token", &StoredTask::token, "name of the token that the agent came with", omit_empty);
  }
};

}  // namespace server
