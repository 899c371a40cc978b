// run_script: a script on one agent: uploaded, run, removed (reference HTTP API, A.2 script). For script and
// layout.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "api/api.hpp"
#include "api/exec_order.hpp"
#include "api/exec_run.hpp"
#include "http/form.hpp"

namespace server {

// Bytes of a script.
inline constexpr std::size_t kScriptLimit = 16 * 1024 * 1024;

struct ScriptOrder {
  std::string content;
  std::string type;  // "sh", "bash", "python", "python3", "bat", "powershell", "php", "lua"
  std::vector<std::string> args;
  std::string auth;
  std::string user;
  std::string workdir;
  std::vector<std::string> env;
  std::int64_t timeout = kDefaultTimeout.count();
};

// JSON schema of the form that script_order() reads.
const std::string& script_form_schema();

// The script of the form, which is read to its end; nullopt when it has none. Throws RequestError 413 beyond
// kScriptLimit.
agent::Task<std::optional<std::string>> read_script(Form* form);
// What the form, which has been read, asks for. Throws RequestError in the originals' words and order: "bad
// param: file:http: no such file", "bad param: timeout: ...", "bad param: md5:invalid checksum", "bad param:
// unsupported type" for a missing one too.
ScriptOrder script_order(const Form& form, std::optional<std::string> content);

struct ScriptRun {
  std::string command_id;  // "": it did not start
  Delivery delivery;
  ExecResult result;  // data is raw; of a failed start `reason` says why
  std::int64_t begin = 0;
  bool goes_on = false;  // this server ends, and the command does not
};

// Told the id of a script's command once it runs.
using ScriptStarted = std::function<void(const std::string& command)>;

// Everything that goes wrong on the way is part of the result: code -65534, or -65535 when time ran out.
// `started`: wants the command's id, with which its output is read then and later; nullptr: nothing is kept.
// `parting`: of the client that waits for it, null for none.
// Throws not_found and wrong_type for the agent, too_many, and cancelled when the server stops.
agent::Task<ScriptRun> run_script(Api* api, agent::net::Loop* loop, std::string agent,
                                  std::shared_ptr<const ScriptOrder> order, Caller caller,
                                  ScriptStarted started, std::shared_ptr<Parting> parting = nullptr);

}  // namespace server
