#include "host/process_arguments.hpp"

#include <algorithm>

#include "agent/error.hpp"

namespace agent {
namespace {

// Separators of user databases and lists, and what only quoting or a wrong separator can bring here. Names
// of directory services may have '\\', '@', '+', '$' and '.'.
constexpr std::string_view kNoUserHas = ":/,;|&*?!()[]{}<>=\"'`";

}  // namespace

std::string join_shell_line(std::string_view command, const std::vector<std::string>& args) {
  std::string line(command);
  line += ' ';
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (i > 0) line += ' ';
    line += args[i];
  }
  return line;
}

void check_user_name(std::string_view user) {
  if (user.empty()) throw Error(Errc::bad_message, "no user set");
  const bool plain = std::all_of(user.begin(), user.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7F' && kNoUserHas.find(c) == std::string_view::npos;
  });
  if (user.front() == '-' || user.front() == '#' || !plain) {
    throw Error(Errc::bad_message, "user: not a user's name");
  }
}

namespace host {
namespace {

using Words = std::vector<std::string>;

// What a search without PATH uses (POSIX leaves it to the system).
constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

[[noreturn]] void fail(const std::string& what) { throw Error(Errc::bad_message, what); }

void refuse_nul(std::string_view what, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) fail(std::string(what) + ": contains a NUL");
}

// For the shell that su starts.
std::string quoted(const Words& argv) {
  std::string line;
  for (const std::string& word : argv) {
    line += line.empty() ? "'" : " '";
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

Words sudo(const ProcessOptions& options, const Words& command, const std::string& prompt) {
  Words argv{"sudo", "-S", "-p", prompt, "-u", options.user, "--"};
  if (options.password.empty()) argv[1] = "-n";  // fails instead of asking
  argv.insert(argv.end(), command.begin(), command.end());
  return argv;
}

Words su(const ProcessOptions& options) {
  return {"su", options.user, "-c", options.argv.empty() ? options.shell_line : quoted(options.argv)};
}

}  // namespace

std::chrono::milliseconds time_limit(const ProcessOptions& options) {
  return options.timeout.count() > 0 ? options.timeout : kDefaultProcessTimeout;
}

void check_options(const ProcessOptions& options) {
  refuse_nul("command", options.shell_line);
  for (const std::string& word : options.argv) refuse_nul("argument", word);
  for (const std::string& entry : options.env) refuse_nul("environment", entry);
  refuse_nul("workdir", options.workdir);
  refuse_nul("charset", options.charset);
  refuse_nul("password", options.password);
  if (!options.argv.empty() && options.argv.front().empty()) fail("command: the program has no name");
  if (options.auth != Auth::none) check_user_name(options.user);
}

CommandLine make_command_line(const ProcessOptions& options, bool is_root, const std::string& prompt) {
  const bool is_line = options.argv.empty();
  // A shell puts its argv[0] in front of its messages: theirs is "sh".
  const Words command = is_line ? Words{"sh", "-c", options.shell_line} : options.argv;
  if (is_root || options.auth == Auth::none)
    return {command, is_line ? "/bin/sh" : command.front(), Asker::nobody};
  if (options.auth == Auth::sudo) return {sudo(options, command, prompt), "sudo", Asker::sudo};
  return {su(options), "su", Asker::su};
}

Words program_candidates(const std::string& program, std::string_view path) {
  if (program.find('/') != std::string::npos) return {program};
  if (path.empty()) path = kDefaultPath;
  Words candidates;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.size(), path.find(':', at));
    const std::string_view directory = path.substr(at, end - at);
    candidates.push_back(directory.empty() ? "./" + program : std::string(directory) + "/" + program);
    at = end + 1;
  }
  return candidates;
}

}  // namespace host
}  // namespace agent
