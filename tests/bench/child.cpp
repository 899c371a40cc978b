#include "tests/bench/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

extern char** environ;

namespace bench {

Child::Child(const std::vector<std::string>& arguments, const std::string& ready) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  output_ = ends[0];
  if (error != 0) throw std::runtime_error(arguments[0] + ": " + std::strerror(error));
  if (!ready.empty()) wait_for(ready, output_);
}

Child::~Child() {
  kill();
  close(output_);
}

void Child::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Child::wait_for(const std::string& ready, int output) {
  std::string text;
  for (;;) {
    char buffer[512];
    ssize_t n = read(output, buffer, sizeof buffer);
    if (n <= 0) throw std::runtime_error("the program ended early: " + text);
    text.append(buffer, static_cast<std::size_t>(n));
    std::size_t at = text.find(ready);
    std::size_t end = at == std::string::npos ? at : text.find('\n', at);
    if (end == std::string::npos) continue;
    ready_text_ = text.substr(at + ready.size(), end - at - ready.size());
    return;
  }
}

}  // namespace bench
