// LocalTerminal: the person's own terminal while what is typed goes elsewhere: each key as it is, and back to
// what it was on every way out, a fault of this program included.
//
// One at a time. SIGKILL alone leaves the terminal as it is.
#pragma once

#include <optional>
#include <string_view>

#include "agentctl/screen_modes.hpp"

namespace agentctl {

struct LocalSize {
  unsigned rows = 24;
  unsigned columns = 80;
};

class LocalTerminal {
 public:
  // Throws Errc::bad_config when stdin is no terminal.
  LocalTerminal();
  ~LocalTerminal();  // restore()
  LocalTerminal(const LocalTerminal&) = delete;
  LocalTerminal& operator=(const LocalTerminal&) = delete;

  // The size of a terminal that says none, such as a serial line's, is the usual one.
  static LocalSize size();
  // Bytes of a program's output, which may switch modes of the terminal. Throws Errc::io, PipeClosed.
  void show(std::string_view output);
  // As it was before. Any number of times.
  void restore();

 private:
  ScreenModes modes_;
  bool is_raw_ = false;
};

}  // namespace agentctl
