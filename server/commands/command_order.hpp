// CommandOrder: what somebody asks an agent to run, whichever front end it came through.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/wire/exec.hpp"
#include "hub/agent_session.hpp"

namespace server {

// The type of agent that runs commands.
inline constexpr std::string_view kExecAgent = "exec-agent";

// The client that asks.
struct Caller {
  std::string who;   // name of the token, "" without authentication
  std::string from;  // address of the client
};

struct CommandOrder {
  std::shared_ptr<Session> session;  // of the agent that runs it, of type kExecAgent
  Caller caller;
  agent::wire::Exec exec;     // as the agent gets it, but for a timeout that is out of bounds
  bool asynchronous = false;  // its record and its output last
};

// Throw OrderError bad_message in the originals' words: "Missing [cmd]", "bad param: auth: ...", and what
// check_limits() and check_size() throw.
void check_exec(const agent::wire::Exec& exec);
// As agent::parse_auth().
void check_auth(const std::string& auth);

// What people are shown of it: the command line, credentials masked, at most 1 KiB of it.
std::string shown_command(const agent::wire::Exec& exec);

}  // namespace server
