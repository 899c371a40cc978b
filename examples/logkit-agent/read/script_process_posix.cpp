#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "marked_processes.hpp"
#include "script_process.hpp"

namespace logkit {
namespace {

struct Pipe {
  Pipe() {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw agent::system_error("pipe", errno);
  }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int take_reader() {
    const int reader = std::exchange(ends[0], -1);
    ::fcntl(reader, F_SETFL, O_NONBLOCK);
    return reader;
  }
  int ends[2] = {-1, -1};
};

// What is set and undone around posix_spawn().
struct SpawnPlan {
  SpawnPlan(const Pipe& output, const Pipe& errors) {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output.ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors.ends[1], STDERR_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions, "/");
    ::posix_spawnattr_init(&attributes);
    sigset_t set;
    sigemptyset(&set);
    ::posix_spawnattr_setsigmask(&attributes, &set);
    sigfillset(&set);
    ::posix_spawnattr_setsigdefault(&attributes, &set);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

std::vector<std::string> environment(const std::string& mark) {
  std::vector<std::string> out{mark, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const char* name : {"HOME", "LANG", "LC_ALL", "TZ"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr) out.push_back(std::string(name) + "=" + value);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

ScriptProcess::ScriptProcess(const std::vector<std::string>& arguments) : mark_(new_process_mark()) {
  Pipe output;
  Pipe errors;
  const SpawnPlan plan(output, errors);
  std::vector<std::string> words = arguments;
  std::vector<std::string> variables = environment(mark_);
  const int reason = ::posix_spawn(&pid_, words.front().c_str(), &plan.actions, &plan.attributes,
                                   pointers(words).data(), pointers(variables).data());
  if (reason != 0) throw agent::system_error("run " + words.front(), reason);
  start_ticks_ = start_ticks_of(pid_);
  output_ = output.take_reader();
  errors_ = errors.take_reader();
}

ScriptProcess::~ScriptProcess() {
  kill();
  ::close(output_);
  ::close(errors_);
  // A process that the system does not let go of, as of a hanging disk, is left to it.
  constexpr int kTries = 200;
  constexpr int kPauseMs = 5;
  for (int i = 0; i < kTries && !exit_code(); ++i) ::poll(nullptr, 0, kPauseMs);
}

std::optional<int> ScriptProcess::exit_code() {
  if (exit_code_) return exit_code_;
  int status = 0;
  const auto ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == pid_) exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (ended < 0 && errno == ECHILD) exit_code_ = -1;  // somebody else has collected it
  return exit_code_;
}

void ScriptProcess::kill() {
  if (exit_code()) return;
  ::kill(-pid_, SIGKILL);
  kill_marked(mark_, start_ticks_);
}

}  // namespace logkit
