#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <thread>

#include "agent/error.hpp"
#include "base/own_environment.hpp"
#include "base/trim.hpp"
#include "host/executable.hpp"
#include "host/service/machine.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMaxOutput = 64 * 1024;
constexpr int kNoCommand = 127;
constexpr int kTooLong = 124;

// The directories of administrators' programs are not in everybody's PATH, nor in that of cron.
std::string find_program(const std::string& name) {
  return name.find('/') != std::string::npos ? name : find_in_path(name, "/usr/sbin:/usr/bin:/sbin:/bin");
}

// Words as the C locale has them, no pager, no colours; nothing of our own settings.
std::vector<std::string> environment() {
  std::vector<std::string> out{"LC_ALL=C", "SYSTEMD_PAGER=cat", "SYSTEMD_COLORS=0"};
  for (const char* const* entry = own_environment(); *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const bool is_setting = text.starts_with("LIBAGENT_") && !text.starts_with("LIBAGENT_TASK=");
    const bool ours = is_setting || text.starts_with("LC_") || text.starts_with("LANG") ||
                      text.starts_with("SYSTEMD_") || text.starts_with("NOTIFY_SOCKET=");
    if (!ours) out.emplace_back(text);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// The output of a command in a file without a name: what the command leaves running may hold it open.
class Output {
 public:
  Output() : file_(std::tmpfile(), &std::fclose) {
    if (!file_) throw system_error("make a temporary file", errno);
    ::fcntl(descriptor(), F_SETFD, FD_CLOEXEC);
  }
  int descriptor() const { return ::fileno(file_.get()); }
  std::string text() const {
    std::string text(kMaxOutput, '\0');
    const ssize_t count = ::pread(descriptor(), text.data(), text.size(), 0);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

sigset_t only_child_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

// SIGCHLD is blocked while the object lives: sigtimedwait() gets it then.
class ChildSignalBlocked {
 public:
  ChildSignalBlocked() {
    const sigset_t set = only_child_signal();
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  ~ChildSignalBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  ChildSignalBlocked(const ChildSignalBlocked&) = delete;
  ChildSignalBlocked& operator=(const ChildSignalBlocked&) = delete;

 private:
  sigset_t before_{};
};

// Its wait status; killed when it takes longer, nullopt then.
std::optional<int> wait_for(pid_t pid, std::chrono::seconds limit) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + limit;
  const sigset_t set = only_child_signal();
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (Clock::now() >= end) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, &status, 0);
      return std::nullopt;
    }
    // A tenth of a second in case somebody else in this process takes the signal.
    constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 100'000'000};
    ::sigtimedwait(&set, nullptr, &kLook);
  }
  return status;
}

pid_t start(const std::string& program, std::vector<std::string> command, const Output& output) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output.descriptor(), 1);
  ::posix_spawn_file_actions_adddup2(&files, output.descriptor(), 2);
  sigset_t all;
  sigset_t none;
  ::sigfillset(&all);
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> variables = environment();
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, program.c_str(), &files, &attributes, pointers(command).data(),
                                   pointers(variables).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) throw system_error("start " + program, failed);
  return pid;
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

CommandResult run_command(const std::vector<std::string>& command, std::chrono::seconds limit) {
  const std::string program = find_program(command.front());
  if (program.empty()) return {kNoCommand, command.front() + ": no such command"};
  const Output output;
  const ChildSignalBlocked blocked;
  const std::optional<int> status = wait_for(start(program, command, output), limit);
  if (!status) return {kTooLong, fmt::format("no end within {} s", limit.count())};
  return {code_of(*status), output.text()};
}

}  // namespace

ServiceMachine ServiceMachine::real() {
  ServiceMachine machine;
  machine.is_root = host::is_root();
  machine.is_in_command = std::getenv("LIBAGENT_TASK") != nullptr;
  machine.run = run_command;
  machine.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  return machine;
}

void throw_unless_done(const std::vector<std::string>& command, const CommandResult& result) {
  if (result.code == 0) return;
  std::string said;
  for (char c : trim(result.output)) said += c == '\n' ? ';' : c;
  while (said.ends_with(';')) said.pop_back();
  if (said.empty()) said = fmt::format("exit code {}", result.code);
  throw Error(Errc::io, fmt::format("{}: {}", fmt::join(command, " "), said));
}

CommandResult run_or_throw(const ServiceMachine& machine, const std::vector<std::string>& command,
                           std::chrono::seconds limit) {
  CommandResult result = machine.run(command, limit);
  throw_unless_done(command, result);
  return result;
}

}  // namespace agent::host
