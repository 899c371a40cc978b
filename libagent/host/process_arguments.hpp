// From ProcessOptions to the program that is started. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "agent/process.hpp"

namespace agent::host {

// The program that asks for a password, if any does.
enum class Asker { nobody, sudo, su };

struct CommandLine {
  std::vector<std::string> argv;
  std::string program;  // what to start: a path, or a name to look up
  Asker asker = Asker::nobody;
};

// options.timeout, or kDefaultProcessTimeout when that is 0 or less.
std::chrono::milliseconds time_limit(const ProcessOptions& options);

// Throws Errc::bad_message for what no system call could take, and for a user name that a program could take
// for an option or several users.
void check_options(const ProcessOptions& options);

// `is_root`: this program switches the user itself. `prompt`: the text with which sudo is to ask.
CommandLine make_command_line(const ProcessOptions& options, bool is_root, const std::string& prompt);

// The files to try for a program of that name, in the order of PATH; itself when it has a slash.
std::vector<std::string> program_candidates(const std::string& program, std::string_view path);

}  // namespace agent::host
