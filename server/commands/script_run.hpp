// run_script: a script on one agent: uploaded, run, removed (reference HTTP API, A.2 script).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "commands/command_order.hpp"
#include "commands/command_run.hpp"
#include "commands/command_table.hpp"
#include "files/file_service.hpp"

namespace server {

// Bytes of a script.
inline constexpr std::size_t kScriptLimit = 16 * 1024 * 1024;

struct ScriptOrder {
  Caller caller;
  std::string content;
  std::string type;        // "sh", "bash", "python", "python3", "bat", "powershell", "php", "lua"
  agent::wire::Exec exec;  // how it is run; `args` are the script's, `cmd` and `drm` are set for each run
};

// Throws OrderError bad_message in the originals' words: "bad param: unsupported type" for a missing one,
// too; "bad param: auth: ..."; what check_limits() throws.
void check_script(const ScriptOrder& order);

struct ScriptRun {
  std::string command_id;  // "": it did not start
  Delivery delivery;
  CommandResult result;  // of a failed start `reason` says why
  std::int64_t begin = 0;
  bool goes_on = false;  // this server ends, and the command does not
};

// Told the id of a script's command once it runs.
using ScriptStarted = std::function<void(const std::string& command)>;

// Runs `order`, which check_script() let pass, on the session's agent. Everything that goes wrong on the way
// is part of the result: code -65534, or -65535 when time ran out.
// `started`: wants the command's id, with which its output is read then and later; nullptr: nothing is kept.
// `parting`: of the caller that waits for it, null for none.
// Throws too_many, LimitError, and cancelled when the server stops.
agent::Task<ScriptRun> run_script(CommandTable* commands, FileService* files,
                                  std::shared_ptr<Session> session, std::shared_ptr<const ScriptOrder> order,
                                  ScriptStarted started, std::shared_ptr<Parting> parting = nullptr);

}  // namespace server
