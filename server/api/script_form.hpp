// The form of a script, for script and layout (reference HTTP API, A.2).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/task.hpp"
#include "commands/script_run.hpp"
#include "http/form.hpp"
#include "http/request.hpp"

namespace server {

// JSON schema of the form that script_order() reads.
const std::string& script_form_schema();

// The script of the form, which is read to its end; nullopt when it has none. Throws RequestError 413 beyond
// kScriptLimit.
agent::Task<std::optional<std::string>> read_script(std::shared_ptr<Form> form);

// What the form, which has been read, asks for; `request` is told of what is ignored. Throws RequestError and
// OrderError in the originals' words and order: "bad param: file:http: no such file", "bad param: timeout:
// ...", "bad param: md5:invalid checksum", and what check_script() throws.
ScriptOrder script_order(Request& request, const Form& form, std::optional<std::string> content);

}  // namespace server
