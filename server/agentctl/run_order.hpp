// RunOrder: the request that starts a command on one agent. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agentctl/ctl_options.hpp"

namespace agentctl {

// One word is a line for the shell. Several are a program and its arguments, which no shell interprets: they
// are quoted, so that original agents, too, pass them as they are.
std::string command_line_of(const std::vector<std::string>& words);
// 'it'\''s': the word as a shell reads it back.
std::string shell_quoted(std::string_view word);

// The body of POST /api/exec/{id}/run: pipes, and no waiting for the result, which is followed instead.
// Throws Errc::bad_config for options that contradict each other and a password file that cannot be read.
std::string run_body(const RunOptions& options);
// The same for a terminal of this size; without words a login shell.
std::string terminal_body(const RunOptions& options, unsigned rows, unsigned columns);

}  // namespace agentctl
