// file_list: what a directory of an agent holds (wire protocol, 6.5).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "agent/wire/file.hpp"
#include "hub/agent_session.hpp"

namespace server {

// The entries of the directory `dir`, any bytes, in the order of the agent. On the agent's shard. Throws
// refused (the agent's text), timeout, disconnected, bad_message.
agent::Task<std::vector<agent::wire::LsEntry>> list_directory(std::shared_ptr<Session> session,
                                                              std::string dir);

}  // namespace server
