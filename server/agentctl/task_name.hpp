// TaskName: which command on which agent. Written "agent/task", as agentctl prints it.
#pragma once

#include <string>

#include "agentctl/api_client.hpp"

namespace agentctl {

struct TaskName {
  std::string agent;
  std::string task;

  std::string text() const { return agent + "/" + task; }
  // Where its routes begin.
  std::string path() const { return "/api/exec/" + url_part(agent) + "/tasks/" + url_part(task); }
};

// The task of `text`, "agent/task" or the task id alone; for the latter the connected agents are looked
// through. Throws not_found.
agent::Task<TaskName> find_task(ApiClient* api, std::string text);

}  // namespace agentctl
