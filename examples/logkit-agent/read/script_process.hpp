// ScriptProcess: a program that runs in a process group of its own, with its output in pipes.
//
// It begins in "/", with an empty standard input, no signal ignored or blocked, and an environment of PATH,
// HOME, LANG, LC_ALL, TZ and a mark alone: what this program was told in secret stays with it. Belongs to one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace logkit {

class ScriptProcess {
 public:
  // `arguments`: the program's path, and what follows. Throws Errc::io with the system's reason.
  explicit ScriptProcess(const std::vector<std::string>& arguments);
  // Kills it, unless it has ended, and waits for its end.
  ~ScriptProcess();
  ScriptProcess(const ScriptProcess&) = delete;
  ScriptProcess& operator=(const ScriptProcess&) = delete;

  int pid() const { return pid_; }
  // When it began (start_ticks_of()), and the mark that it and its children have (marked_processes.hpp).
  std::uint64_t start_ticks() const { return start_ticks_; }
  const std::string& mark() const { return mark_; }
  // To be read from without waiting.
  int output() const { return output_; }
  int errors() const { return errors_; }

  // Its exit code, 128 + n after signal n, once the program itself has ended.
  std::optional<int> exit_code();
  // Kills the program, its group, and what it has started outside of that, unless it has ended.
  void kill();

 private:
  std::string mark_;
  int pid_ = -1;
  std::uint64_t start_ticks_ = 0;
  int output_ = -1;
  int errors_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace logkit
