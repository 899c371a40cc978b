// TerminalProgram: a child process on a terminal of its own, as a person would have started it. It never
// outlives its object, nor the test.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <string>

#include "tests/support/patience.hpp"
#include "tests/support/program.hpp"

namespace test {

class TerminalProgram {
 public:
  // `line`: for bash, on a terminal of so many columns. Throws when it cannot be started.
  explicit TerminalProgram(const std::string& line, unsigned short columns = 80);
  ~TerminalProgram();  // SIGKILL
  TerminalProgram(const TerminalProgram&) = delete;
  TerminalProgram& operator=(const TerminalProgram&) = delete;

  // Keys, such as "\x03" for Ctrl-C.
  void type(const std::string& keys) const;
  // As a person who draws a window larger.
  void resize(unsigned short rows, unsigned short columns) const;
  // Waits until what the terminal has shown contains the text; all that it has shown. Throws TimedOut with
  // it.
  std::string wait_for(const std::string& text, std::chrono::milliseconds limit = kPatience);
  // Waits for the end: the exit code, 128 + n after signal n.
  int wait(std::chrono::milliseconds limit = kPatience);
  const std::string& shown() const { return shown_; }

 private:
  bool take();
  bool has_ended(siginfo_t& info) const;

  pid_t pid_ = -1;
  int terminal_ = -1;
  bool is_over_ = false;
  std::string shown_;
};

}  // namespace test
