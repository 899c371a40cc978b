// The process that the user started; the supervisor's part is in daemon_stage_posix.cpp.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "agent/error.hpp"
#include "base/file_handle.hpp"
#include "base/own_environment.hpp"
#include "host/executable.hpp"
#include "host/proc_text.hpp"
#include "host/service/daemon.hpp"
#include "host/service/daemon_place.hpp"
#include "host/service/daemon_stage.hpp"
#include "host/service/pid_file.hpp"
#include "host/service/supervised_child.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

enum ExitCode {
  kDone = 0,
  kFailed = 1,
  kDead = 1,
  kNotRunning = 3,
  kNothingToReload = 7,
  kEndedAtOnce = 7,
  kBadConfig = 78,
};

// A program of ours is ready in a fraction of a second; systemd waits as long.
constexpr std::chrono::seconds kReadyLimit{90};

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

int wait_for_exit(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return kFailed;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// What the child would say at its start, said here, as its user and in its directory.
int check(const SupervisedCommand& child, const std::string& check_argument) {
  SupervisedCommand command = child;
  command.arguments.push_back(check_argument);
  return wait_for_exit(start_supervised(command));
}

void check_user(const std::string& name) {
  if (name.empty()) return;
  const UserAccount user = find_user(name);
  if (!is_root() && user.id != ::geteuid()) throw Error(Errc::refused, "only root may run it as " + name);
}

// Ours but for what a service manager said to us, and the mark by which an agent knows the processes of the
// command that it runs: a daemon belongs to none.
std::vector<char*> environment_of_daemon() {
  constexpr std::array<std::string_view, 9> kNotPassedOn = {
      "NOTIFY_SOCKET=",  "WATCHDOG_PID=",   "WATCHDOG_USEC=", "LISTEN_PID=",   "LISTEN_FDS=",
      "LISTEN_FDNAMES=", "JOURNAL_STREAM=", "INVOCATION_ID=", "LIBAGENT_TASK="};
  std::vector<char*> entries;
  for (const char* const* entry = own_environment(); *entry != nullptr; ++entry) {
    bool is_passed_on = true;
    for (const std::string_view beginning : kNotPassedOn)
      if (std::string_view(*entry).starts_with(beginning)) is_passed_on = false;
    if (is_passed_on) entries.push_back(const_cast<char*>(*entry));
  }
  entries.push_back(nullptr);
  return entries;
}

// The process id. It keeps `keep_open`, under another number.
int start_supervisor(const std::vector<std::string>& arguments, std::intptr_t keep_open) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const std::vector<char*> environment = environment_of_daemon();
  const pid_t pid = ::fork();
  if (pid < 0) throw system_error("fork", errno);
  if (pid > 0) return pid;
  ::setsid();
  prepare_for_stage(static_cast<int>(keep_open));
  ::execve(pointers.front(), pointers.data(), environment.data());
  ::_exit(127);
}

// nullopt: it has said nothing within the limit, and goes on.
std::optional<std::string> read_report(const FileHandle& report) {
  const auto end = std::chrono::steady_clock::now() + kReadyLimit;
  std::string text;
  std::array<char, 4096> bytes;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd wanted{.fd = report.descriptor(), .events = POLLIN, .revents = 0};
    const int found = left <= 0 ? 0 : ::poll(&wanted, 1, static_cast<int>(left));
    if (found == 0) return std::nullopt;
    if (found < 0) continue;  // interrupted
    const std::size_t count = report.read(bytes);
    if (count == 0) return text;
    text.append(bytes.data(), count);
  }
}

std::string words_for(int code) {
  return code > 128 ? fmt::format("signal {}", code - 128) : fmt::format("exit code {}", code);
}

// The program did not get so far as to run.
int say_ended(const DaemonOptions& options, const std::string& name, int supervisor,
              std::string_view report) {
  const int code = static_cast<int>(leading_number(report.substr(kEndedReport.size())));
  const std::string goes_on =
      report.ends_with(kAgainReport) ? fmt::format("; supervisor {} starts it again", supervisor) : "";
  const std::string why = options.output.empty() ? "--output FILE keeps the reason" : "see " + options.output;
  fmt::print(stderr, "{} ended at once with {}{}: {}\n", name, words_for(code), goes_on, why);
  return code == kBadConfig ? kBadConfig : kEndedAtOnce;
}

int start(const DaemonOptions& options, const DaemonProgram& program, const std::string& called_as) {
  check_user(options.user);
  const int running = daemon_of(options.pid_file);
  if (running != 0 && !options.replace)
    throw Error(Errc::busy, fmt::format("{} already runs as process {}, pid file {}", program.name, running,
                                        options.pid_file));
  DaemonStage stage{.options = options};
  stage.command.arguments = {called_program_path(called_as)};
  stage.command.arguments.insert(stage.command.arguments.end(), program.arguments.begin(),
                                 program.arguments.end());
  stage.command.user = options.user;
  if (const int code = check(stage.command, program.check_argument)) return code;
  if (running != 0) stage.after = own_command_below(running);

  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
  const FileHandle report(ends[0], "report of the supervisor");
  FileHandle told(ends[1]);
  const int supervisor = start_supervisor(stage_arguments(stage), told.descriptor());
  told.close();
  const std::optional<std::string> said = read_report(report);
  if (!said)
    throw Error(Errc::timeout, fmt::format("{} is not ready after {} s; its supervisor {} goes on",
                                           program.name, kReadyLimit.count(), supervisor));
  const std::string& words = *said;
  if (words.starts_with(kEndedReport)) return say_ended(options, program.name, supervisor, words);
  if (words.starts_with(kBeganReport)) {
    const std::string place = options.output.empty() ? "/dev/null (--output FILE keeps it)" : options.output;
    fmt::print("{} runs in the background: supervisor {}, pid file {}, output to {}\n", program.name,
               supervisor, options.pid_file, place);
    return kDone;
  }
  if (words.starts_with(kLaterReport)) {
    fmt::print("{} starts anew when the command that it runs, and which said so, has ended\n", program.name);
    return kDone;
  }
  if (words.empty())
    throw Error(Errc::io, fmt::format("the supervisor ended with exit code {}", wait_for_exit(supervisor)));
  throw Error(Errc::io, words);
}

int stop(const DaemonOptions& options, const std::string& name) {
  const int running = daemon_of(options.pid_file);
  if (running == 0) {
    remove_stale(options.pid_file);
    fmt::print("{} is not running\n", name);
    return kDone;
  }
  end_daemon(options.pid_file);
  fmt::print("{} is stopped\n", name);
  return kDone;
}

int reload(const DaemonOptions& options, const std::string& name) {
  const int running = daemon_of(options.pid_file);
  if (running == 0) {
    fmt::print("{} is not running\n", name);
    return kNothingToReload;
  }
  if (::kill(running, SIGHUP) != 0) throw system_error(fmt::format("signal process {}", running), errno);
  fmt::print("{} reads its configuration again\n", name);
  return kDone;
}

int status(const DaemonOptions& options, const std::string& name) {
  if (const int running = daemon_of(options.pid_file)) {
    fmt::print("{} is running as process {}\n", name, running);
    return kDone;
  }
  if (pid_file_exists(options.pid_file)) {
    fmt::print("{} is not running, but the pid file {} exists\n", name, options.pid_file);
    return kDead;
  }
  fmt::print("{} is not running\n", name);
  return kNotRunning;
}

}  // namespace

int run_daemon(DaemonOptions options, const DaemonProgram& program, const std::string& called_as) {
  options.pid_file = absolute(options.pid_file);
  options.output = absolute(options.output);
  try {
    if (options.status) return status(options, program.name);
    if (options.stop) return stop(options, program.name);
    if (options.reload) return reload(options, program.name);
    return start(options, program, called_as);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kFailed;
  }
}

}  // namespace agent::host
