// The verbs of agentctl, one coroutine each: it does what `options` say and returns the exit code. What it
// throws is told to the person in one place (main.cpp).
#pragma once

#include <exception>

#include "agent/task.hpp"
#include "agentctl/api_client.hpp"
#include "agentctl/console.hpp"
#include "agentctl/ctl_options.hpp"

namespace agentctl {

// What all verbs work with. Its parts outlive it.
struct Tools {
  ApiClient& api;
  Console& console;
  const CtlOptions& options;
};

using Verb = agent::Task<int> (*)(Tools tools);

agent::Task<int> list_agents(Tools tools);
agent::Task<int> show_agent(Tools tools);
agent::Task<int> list_tasks(Tools tools);
agent::Task<int> kill_task(Tools tools);
agent::Task<int> call_agent(Tools tools);
agent::Task<int> show_metrics(Tools tools);
agent::Task<int> show_server(Tools tools);
agent::Task<int> show_logs(Tools tools);
agent::Task<int> tail_audit(Tools tools);
agent::Task<int> examine(Tools tools);
agent::Task<int> run_command(Tools tools);
agent::Task<int> run_script(Tools tools);
agent::Task<int> follow_command(Tools tools);
agent::Task<int> copy_files(Tools tools);
agent::Task<int> open_shell(Tools tools);
agent::Task<int> attach_task(Tools tools);
agent::Task<int> do_layout(Tools tools);
agent::Task<int> print_completion(Tools tools);
agent::Task<int> complete_path(Tools tools);  // for the scripts of print_completion()

// What doctor says when the settings could not even be read: `thrown` is why.
int examine_settings(Console& console, const CtlOptions& options, const std::exception_ptr& thrown);

}  // namespace agentctl
