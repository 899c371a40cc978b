// ScriptForm: a script on this machine as the form in which the server takes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentctl/ctl_options.hpp"

namespace agentctl {

struct ScriptForm {
  std::string content_type;
  std::string body;
};

// The type for the server: `options.type`, or what the first line (#!) or else the name's ending says. Throws
// Errc::bad_config if nothing does.
std::string script_type(std::string_view path, std::string_view content, std::string_view given);

// Reads the file and adds `options.words` as its arguments. Throws Errc::io, bad_config, too_large (16 MiB).
ScriptForm script_form(const std::string& path, const RunOptions& options);
// The same with the agents of a layout, each with the number of its group.
ScriptForm layout_form(const std::string& path, const RunOptions& options,
                       const std::vector<std::vector<std::string>>& groups, const std::string& on_error);

}  // namespace agentctl
