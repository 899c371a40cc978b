// run_task: a command from its start to its result, for those who wait for it: exec, script and layout.
#pragma once

#include <memory>
#include <string>

#include "agent/task.hpp"
#include "api/api.hpp"
#include "api/exec_order.hpp"

namespace server {

// Output beyond this is not part of a result, which is held in memory: it can be read by the task's id.
inline constexpr std::size_t kResultOutputLimit = 16 * 1024 * 1024;

// Who asks, for the audit lines.
struct Caller {
  std::string who;
  std::string from;
};

// A new task, once the agent has started it. On the task's loop. Throws not_found, wrong_type, busy, refused with
// the agent's reason, timeout, disconnected.
agent::Task<std::shared_ptr<DurableTask>> start_task(Api* api, agent::net::Loop* loop, TaskOrder order,
                                                     Caller caller);

// Waits for its end, at most as long as it may take, and takes its output along (ExecResult::data is raw here).
// On the task's loop. When the caller gives up meanwhile, the task is kept.
agent::Task<ExecResult> finish_task(std::shared_ptr<DurableTask> task);

// The result was delivered: the task is forgotten. Otherwise, or when the result was not all of it, it is kept.
void settle_delivery(Api& api, const std::shared_ptr<DurableTask>& task, const ExecResult& result,
                     bool delivered);

}  // namespace server
