// follow_task: the output of a command as it comes, and how it ended. Cut connections and a server that
// restarts are bridged: the stream goes on at the byte where it broke off.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agentctl/api_client.hpp"
#include "agentctl/task_end.hpp"
#include "agentctl/task_name.hpp"

namespace agentctl {

struct FollowOptions {
  std::uint64_t offset = 0;
  // A server that is away for so long is given up: throws what kept it away.
  std::chrono::seconds patience{120};
  // The stream says something every 10 s; without it the connection is dead.
  std::chrono::seconds quiet_limit{25};
  // Told why the connection broke off, once for each time that the server is away.
  std::function<void(const std::string&)> on_break = {};
};

// Takes output; may block. What it throws ends the following.
using OutputTaker = std::function<void(std::string_view)>;

// Throws ApiError if the server does not know the task, and as above.
agent::Task<TaskEnd> follow_task(ApiClient* api, TaskName name, FollowOptions options, OutputTaker take);

}  // namespace agentctl
