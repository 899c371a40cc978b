// TmuxScreen: a terminal with a shell in it, as a person has it: what stands on its screen once all control
// sequences have been obeyed. tmux obeys them, without a terminal of its own. It never outlives its object,
// nor the test.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "tests/support/patience.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class TmuxScreen {
 public:
  // `setup`: what bash does before its first prompt, which is "$ ".
  explicit TmuxScreen(const std::string& setup, unsigned columns = 80, unsigned rows = 24);

  // Keys, byte by byte: "ls\r", "\x03" for Ctrl-C.
  void type(const std::string& keys) const;
  // As a person who draws a window larger.
  void resize(unsigned columns, unsigned rows) const;

  // The lines, without blanks at their ends and without the empty ones at the end.
  std::string text() const;
  // The same with what colours them (SGR).
  std::string colored_text() const;
  // What programs have switched and a fresh terminal has not, such as "alternate-screen no-cursor"; "": all
  // is as usual.
  std::string modes() const;

  // Waits until the screen shows this and nothing else, as steady() has it. `golden` may begin with a line
  // end. Throws TimedOut with what it shows.
  void wait_for(const std::string& golden, std::chrono::milliseconds limit = kPatience) const;
  // Waits until it shows this somewhere.
  void wait_for_part(const std::string& part, std::chrono::milliseconds limit = kPatience) const;
  // Waits until its last line is a prompt.
  void wait_for_prompt(std::chrono::milliseconds limit = kPatience) const;

 private:
  void wait_until_text(const std::string& what, const std::function<bool(const std::string&)>& condition,
                       std::chrono::milliseconds limit) const;
  std::string tmux(Program::Arguments words) const;

  TempDir dir_;
  Program server_;
};

// A screen's text with the id of each task, times in seconds, versions of agents and ports replaced by the
// same ones everywhere, of the same width where they stand in tables.
std::string steady(std::string text);

}  // namespace test
