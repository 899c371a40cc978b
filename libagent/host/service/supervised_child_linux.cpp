#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "agent/error.hpp"
#include "base/file_handle.hpp"
#include "base/own_environment.hpp"
#include "host/close_on_exec.hpp"
#include "host/environment.hpp"
#include "host/service/supervised_child.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

constexpr int kNotStarted = 127;  // as of a shell; nobody sees it but a parent that was told why

Entries environment() {
  Entries entries;
  for (const char* const* entry = own_environment(); *entry != nullptr; ++entry) entries.push_back(*entry);
  return entries;
}

void empty_stdin() {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) throw system_error("open /dev/null", errno);
  if (::dup2(nothing, STDIN_FILENO) < 0) throw system_error("empty standard input", errno);
}

// Asking the system for the user's name and groups may have opened descriptors and read much.
std::vector<std::string> become_user(const std::string& name) {
  if (name.empty()) return {};
  const UserAccount user = find_user(name);
  if (user.id != ::geteuid() || is_root())
    if (!become(user)) throw system_error("become " + name, errno);
  return environment_of(user);
}

// A change of the user takes this back. Our parent may have ended before.
void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kNotStarted);
}

void unblock_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Returns only by an exception.
void become_child(const SupervisedCommand& command, pid_t parent) {
  ::setpgid(0, 0);
  empty_stdin();
  std::vector<std::string> added = become_user(command.user);
  if (command.ready >= 0) added.push_back("AGENT_READY_FD=" + std::to_string(command.ready));
  if (::chdir("/") != 0) throw system_error("chdir /", errno);
  ::umask(022);
  end_with(parent);
  close_on_exec_from(STDERR_FILENO + 1);
  if (command.ready >= 0) ::fcntl(command.ready, F_SETFD, 0);
  unblock_signals();
  std::vector<char*> arguments;
  for (const std::string& argument : command.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> variables;
  for (const char* entry : merge_environment(environment(), added))
    variables.push_back(const_cast<char*>(entry));
  variables.push_back(nullptr);
  ::execve(arguments.front(), arguments.data(), variables.data());
  throw system_error("exec " + command.arguments.front(), errno);
}

[[noreturn]] void run_child(const SupervisedCommand& command, pid_t parent, int report) {
  try {
    become_child(command, parent);
  } catch (const std::exception& error) {
    const std::string_view words = error.what();
    if (::write(report, words.data(), words.size()) < 0) ::_exit(kNotStarted - 1);
  }
  ::_exit(kNotStarted);
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 1024> bytes;
  for (;;) {
    const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

int start_supervised(const SupervisedCommand& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
  const FileHandle report(ends[0]);
  FileHandle told(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) run_child(command, parent, ends[1]);
  if (pid < 0) throw system_error("fork", errno);
  told.close();
  const std::string words = read_to_end(report.descriptor());
  if (words.empty()) return pid;
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  throw Error(Errc::io, words);
}

}  // namespace agent::host
