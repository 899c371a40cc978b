#include "host/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "agent/error.hpp"

namespace agent::host {
namespace {

constexpr const char* kWhat = "open a terminal";

unsigned short to_cells(int count) { return static_cast<unsigned short>(std::clamp(count, 1, 0xFFFF)); }

}  // namespace

int open_terminal(TerminalSize size) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0) throw system_error(kWhat, errno);
  set_size(terminal, size);
  return terminal;
}

std::unique_ptr<FileHandle> open_other_side(int terminal) {
  std::array<char, 64> name{};
  if (::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0 ||
      ::ptsname_r(terminal, name.data(), name.size()) != 0) {
    throw system_error(kWhat, errno);
  }
  const int descriptor = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) throw system_error(kWhat, errno);
  return std::make_unique<FileHandle>(descriptor);
}

void set_size(int terminal, TerminalSize size) {
  winsize cells{};
  cells.ws_col = to_cells(size.columns);
  cells.ws_row = to_cells(size.rows);
  ::ioctl(terminal, TIOCSWINSZ, &cells);
}

int foreground_of(int terminal) { return ::tcgetpgrp(terminal); }

bool echoes(int terminal) {
  termios mode{};
  return ::tcgetattr(terminal, &mode) != 0 || (mode.c_lflag & ECHO) != 0;
}

std::optional<char> end_of_file_key(int terminal) {
  termios mode{};
  if (::tcgetattr(terminal, &mode) != 0 || (mode.c_lflag & ICANON) == 0) return std::nullopt;
  const cc_t key = mode.c_cc[VEOF];
  return key != _POSIX_VDISABLE ? std::optional(static_cast<char>(key)) : std::nullopt;
}

bool has_unread_input(const FileHandle& other_side) {
  pollfd unread{.fd = other_side.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&unread, 1, 0) != 0;
}

}  // namespace agent::host
