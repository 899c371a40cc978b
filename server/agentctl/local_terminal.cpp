#include "agentctl/local_terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "agent/error.hpp"
#include "agentctl/console.hpp"

namespace agentctl {
namespace {

using agent::Errc;
using agent::Error;

// Faults, and ends that no loop hears of. The others (SIGTERM, SIGHUP) are the verb's.
constexpr std::array<int, 6> kFaults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};

// What a handler of signals needs: it may only call the system.
struct Before {
  termios mode{};
  int flags = 0;  // of the descriptor, which loops change
  std::array<char, ScreenModes::kMostUndo> undo{};
  std::atomic<std::size_t> undo_size{0};
  std::atomic<bool> is_raw{false};
};
Before before;

void put_back() {
  if (!before.is_raw.exchange(false)) return;
  const std::size_t size = before.undo_size;
  if (size > 0 && ::write(STDOUT_FILENO, before.undo.data(), size) < 0) before.undo_size = 0;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before.mode);
  ::fcntl(STDIN_FILENO, F_SETFL, before.flags);
}

void on_fault(int number) {
  put_back();
  std::signal(number, SIG_DFL);
  ::raise(number);
}

void handle_faults(void (*handler)(int)) {
  for (const int number : kFaults) std::signal(number, handler);
}

bool write_some(std::string_view& bytes) {
  const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
  if (count >= 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  if (count >= 0 || errno == EINTR) return true;
  if (errno == EAGAIN) {
    pollfd wait{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
    ::poll(&wait, 1, -1);
    return true;
  }
  if (errno == EPIPE || errno == EIO) return false;
  throw agent::system_error("write stdout", errno);
}

}  // namespace

LocalTerminal::LocalTerminal() {
  if (::tcgetattr(STDIN_FILENO, &before.mode) != 0)
    throw Error(Errc::bad_config, "stdin is no terminal; `agentctl run` is for scripts");
  before.flags = ::fcntl(STDIN_FILENO, F_GETFL);
  termios raw = before.mode;
  ::cfmakeraw(&raw);
  before.undo_size = 0;
  before.is_raw = true;
  handle_faults(on_fault);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  is_raw_ = true;
}

LocalTerminal::~LocalTerminal() { restore(); }

LocalSize LocalTerminal::size() {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  constexpr unsigned kMost = 4096;
  return {.rows = std::min<unsigned>(size.ws_row, kMost), .columns = std::min<unsigned>(size.ws_col, kMost)};
}

void LocalTerminal::show(std::string_view output) {
  modes_.feed(output);
  const std::string undo = modes_.undo();
  before.undo_size = 0;
  std::memcpy(before.undo.data(), undo.data(), std::min(undo.size(), before.undo.size()));
  before.undo_size = std::min(undo.size(), before.undo.size());
  while (!output.empty())
    if (!write_some(output)) throw PipeClosed();
}

void LocalTerminal::restore() {
  if (!is_raw_) return;
  is_raw_ = false;
  put_back();
  handle_faults(SIG_DFL);
}

}  // namespace agentctl
