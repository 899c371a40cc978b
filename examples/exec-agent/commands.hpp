// Commands: runs what a server asks for and sends back what it writes (messages 10 to 14).
#pragma once

#include <agent/agent.hpp>
#include <agent/process.hpp>
#include <agent/turns.hpp>
#include <agent/wire/exec.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "command_options.hpp"
#include "running_command.hpp"
#include "typed_input.hpp"
#include "uploads.hpp"

struct CommandCounters {
  explicit CommandCounters(agent::Agent& agent);

  agent::metrics::Counter& started;
  agent::metrics::Counter& failed;
  agent::metrics::Counter& killed;
  agent::metrics::Counter& timed_out;
  agent::metrics::Counter& output_bytes;
  agent::metrics::Counter& insecure_passwords;
  agent::metrics::Gauge& running;
};

class Commands {
 public:
  // Before the agent runs. Lives as long as the agent does, and `uploads` too.
  Commands(agent::Agent& agent, Uploads& uploads);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

 private:
  class Request;  // one of them, from its arrival to its end

  agent::Task<> begin();            // the agent starts
  agent::Task<> finish_upgrades();  // it was told to stop, perhaps by one of its commands
  bool is_upgrading() const;
  agent::Task<> end();  // it is about to stop
  agent::Task<> serve(agent::wire::Exec request, agent::Call call);
  agent::Task<> kill(agent::wire::ExecKill request, agent::Call call);
  agent::Task<> type(agent::wire::ExecInput message, agent::Call call);

  agent::Agent& agent_;
  Uploads& uploads_;
  CommandCounters counters_;
  CommandRules rules_;
  CommandTable running_;
  std::unordered_set<Request*> requests_;
  std::unordered_map<std::string, Request*> by_task_;  // those whose input may come later
  bool finishing_ = false;                             // no more commands are started
  bool stopping_ = false;
  agent::Turns turns_;
  agent::ChildReaper reaper_;  // runs from begin() to end()
};
