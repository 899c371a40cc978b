#include "agentctl/console.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "agent/error.hpp"
#include "agentctl/safe_text.hpp"

namespace agentctl {
namespace {

// Columns behind what is shown of progress: ^C stands there and does not begin another line.
constexpr std::size_t kRoom = 3;

// False: nobody reads. A descriptor that is shared with others may not block.
bool write_all(int descriptor, std::string_view bytes, const char* name) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd wait{.fd = descriptor, .events = POLLOUT, .revents = 0};
      ::poll(&wait, 1, -1);
    } else if (errno == EPIPE) {
      return false;
    } else if (errno != EINTR) {
      throw agent::system_error(std::string("write ") + name, errno);
    }
  }
  return true;
}

// Nobody can be told that stderr takes nothing, as that of a terminal which is gone.
void write_error(std::string_view bytes) {
  try {
    write_all(2, bytes, "stderr");
  } catch (const agent::Error&) {
  }
}

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool may_have_colors(const ConsoleOptions& options) {
  const char* terminal = std::getenv("TERM");
  const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return !options.no_color && !is_set("NO_COLOR") && !is_dumb;
}

std::size_t terminal_columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

const char* code_of(Color color) {
  switch (color) {
    case Color::red: return "\x1b[31m";
    case Color::green: return "\x1b[32m";
    case Color::yellow: return "\x1b[33m";
    case Color::blue: return "\x1b[34m";
    case Color::bold: return "\x1b[1m";
    case Color::none: break;
  }
  return "";
}

}  // namespace

Console::Console(ConsoleOptions options)
    : options_(options), out_is_terminal_(::isatty(1) == 1), err_is_terminal_(::isatty(2) == 1) {
  const bool colors = may_have_colors(options_);
  out_has_colors_ = out_is_terminal_ && colors;
  err_has_colors_ = err_is_terminal_ && colors;
}

std::size_t Console::columns() const { return out_is_terminal_ ? terminal_columns(1) : 0; }

std::size_t Console::hint_columns() const { return err_is_terminal_ ? terminal_columns(2) : 0; }

void Console::print(std::string_view bytes) {
  end_progress();
  if (!write_all(1, bytes, "stdout")) throw PipeClosed();
}

void Console::print_error(std::string_view bytes) {
  end_progress();
  write_error(bytes);
}

void Console::hint(std::string_view line) {
  if (!options_.quiet) warn(line);
}

void Console::warn(std::string_view line) { print_error(safe_text(line) + "\n"); }

void Console::begin_line() {
  end_progress();
  if (err_is_terminal_) write_error("\n");
}

void Console::show_progress(std::string_view line) {
  if (!shows_progress()) return;
  const std::size_t columns = terminal_columns(2);
  const std::string text = safe_text(line);
  const std::string shown = columns > kRoom ? cut_to_columns(text, columns - kRoom) : text;
  has_progress_ = true;
  write_error("\r\x1b[K" + shown);
}

void Console::end_progress() {
  if (!has_progress_) return;
  has_progress_ = false;
  write_error("\r\x1b[K");
}

std::string Console::painted(Color color, std::string_view text, bool colors) {
  if (!colors || color == Color::none) return std::string(text);
  return code_of(color) + std::string(text) + "\x1b[0m";
}

}  // namespace agentctl
