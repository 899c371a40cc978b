#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <tuple>
#include <utility>

#include "agent/error.hpp"
#include "host/child_streams.hpp"
#include "host/terminal.hpp"

namespace agent::host {
namespace {

// When those who are left have had their time, what the child itself wrote is at most what a pipe holds: 64
// KiB, on machines with large pages 1 MiB. More than that was written later and is not waited for.
constexpr std::size_t kTailLimit = 1024 * 1024;
// A command that writes faster than we read would never let go of the loop.
constexpr int kReadsInARow = 4;
constexpr ssize_t kTerminalPiece = 4096;
constexpr std::string_view kEndOfFileKey = "\x04";
// Nobody tells us that the end of a terminal's input has been read, so we look whether it has: soon, for
// those who read several times, and ever more seldom while nobody reads. A loop that takes no end for an
// answer gets two hundred of them in a second.
constexpr std::chrono::milliseconds kFirstLook{5};
constexpr std::chrono::milliseconds kSeldomLook{500};

bool is_not_ready(int reason) { return reason == EAGAIN || reason == EINTR; }

[[noreturn]] void fail_closed(const char* what) {
  throw Error(Errc::disconnected, std::string("write: ") + what);
}

// A pipe without a reader sends a signal, which would end a program that has not thought of it.
ssize_t write_without_signal(int descriptor, std::string_view bytes) {
  sigset_t broken_pipe, before;
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  const ssize_t size = ::write(descriptor, bytes.data(), bytes.size());
  const int reason = errno;
  const timespec no_time{};
  if (size < 0 && reason == EPIPE && ::sigismember(&before, SIGPIPE) == 0) {
    ::sigtimedwait(&broken_pipe, nullptr, &no_time);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return size;
}

}  // namespace

ChildStreams::ChildStreams(asio::any_io_executor executor, StreamOptions options)
    : is_terminal_(options.terminal),
      output_(executor),
      input_(executor),
      left_over_timer_(executor),
      read_timer_(executor),
      input_timer_(executor) {
  if (is_terminal_) {
    output_.assign(open_terminal(options.size));
    child_input_ = open_other_side(output_.native_handle());
  } else {
    open_pipes(options.input);
  }
}

void ChildStreams::open_pipes(bool with_input) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
  child_output_ = std::make_unique<FileHandle>(ends[1]);
  output_.assign(ends[0]);
  output_.native_non_blocking(true);
  if (!with_input) {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0) throw system_error("open /dev/null", errno);
    child_input_ = std::make_unique<FileHandle>(nothing);
    return;
  }
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
  child_input_ = std::make_unique<FileHandle>(ends[0]);
  input_.assign(ends[1]);
  input_.native_non_blocking(true);
}

void ChildStreams::give_to(std::uint32_t user) {
  // Without success /dev/stdout cannot be opened by its name, nothing more.
  if (is_terminal_ || input_.is_open()) std::ignore = ::fchown(child_input(), user, -1);
  if (!is_terminal_) std::ignore = ::fchown(child_output(), user, -1);
}

// The other side of a terminal stays open with us: the output of a child that closes its terminal and opens
// it again later is not over.
void ChildStreams::started() {
  child_output_.reset();
  if (!is_terminal_) child_input_.reset();
}

void ChildStreams::ended() {
  if (std::exchange(ended_, true) || over_) return;
  child_input_.reset();
  input_timer_.cancel();
  asio::error_code ignored;
  if (is_terminal_) {
    output_.cancel(ignored);  // both directions look again
  } else {
    input_.close(ignored);
  }
  left_over_timer_.expires_after(kLeftOverLimit);
  left_over_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->cut();
  });
}

void ChildStreams::cut() {
  cut_ = true;
  tail_ = kTailLimit;
  asio::error_code ignored;
  if (output_.is_open()) output_.cancel(ignored);
}

void ChildStreams::close() {
  over_ = true;
  left_over_timer_.cancel();
  read_timer_.cancel();
  input_timer_.cancel();
  child_input_.reset();
  child_output_.reset();
  asio::error_code ignored;
  if (!held_) return close_descriptors();
  if (output_.is_open()) output_.cancel(ignored);
}

void ChildStreams::release() {
  held_ = false;
  if (over_) close_descriptors();
}

void ChildStreams::close_descriptors() {
  asio::error_code ignored;
  output_.close(ignored);
  input_.close(ignored);
}

ChildStreams::Got ChildStreams::read_some(std::string& bytes) {
  std::array<char, kMaxOutputPiece> buffer;
  const std::size_t limit = cut_ ? std::min(tail_, buffer.size()) : buffer.size();
  std::size_t size = 0;
  ssize_t got = 0;
  // A terminal gives 4 KiB at a time; after less than that there is seldom more.
  const ssize_t enough = is_terminal_ ? kTerminalPiece / 2 : kMaxOutputPiece;
  do {
    got = ::read(output_.native_handle(), buffer.data() + size, limit - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  } while (size < limit && got >= enough);
  const bool not_ready = got < 0 && is_not_ready(errno);
  bytes.assign(buffer.data(), size);
  if (cut_) tail_ -= size;
  if (size > 0) return Got::bytes;
  return not_ready && !cut_ ? Got::nothing_yet : Got::end;
}

void ChildStreams::cancel_read_after(std::chrono::milliseconds limit) {
  read_timer_.expires_after(limit);
  read_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    asio::error_code ignored;
    if (self && !failed && self->output_.is_open()) self->output_.cancel(ignored);
  });
}

Task<> ChildStreams::let_others_run(std::shared_ptr<ChildStreams> self) {
  self->reads_in_a_row_ = 0;
  co_await asio::post(self->output_.get_executor(), asio::use_awaitable);
}

Task<std::optional<std::string>> ChildStreams::read_from(std::shared_ptr<ChildStreams> self,
                                                         std::chrono::milliseconds limit) {
  if (++self->reads_in_a_row_ > kReadsInARow) co_await let_others_run(self);
  if (limit != kNoLimit) self->cancel_read_after(limit);
  std::string bytes;
  while (!self->over_) {
    const Got got = self->read_some(bytes);
    if (got == Got::bytes) break;
    if (got == Got::end) self->close();
    if (got == Got::end) break;
    asio::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    self->reads_in_a_row_ = 0;
    co_await self->output_.async_wait(Descriptor::wait_read, token);
    if (limit != kNoLimit && self->read_timer_.expiry() <= std::chrono::steady_clock::now())
      co_return std::nullopt;
  }
  self->read_timer_.cancel();
  co_return bytes;
}

// 0: no room now.
std::size_t ChildStreams::write_some(std::string_view bytes) {
  if (ended_ || over_) fail_closed("the process has ended");
  if (!input().is_open()) fail_closed("the input is closed");
  const ssize_t size = write_without_signal(input().native_handle(), bytes);
  if (size >= 0) return static_cast<std::size_t>(size);
  if (is_not_ready(errno)) return 0;
  if (errno == EPIPE || errno == EIO) fail_closed("the process has closed its input");
  throw system_error("write", errno);
}

Task<> ChildStreams::write_to(std::shared_ptr<ChildStreams> self, std::string bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    const std::size_t size = self->write_some(left);
    left.remove_prefix(size);
    if (size > 0) continue;
    asio::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await self->input().async_wait(Descriptor::wait_write, token);
  }
}

void ChildStreams::type(std::string_view keys) {
  if (is_terminal_ && output_.is_open())
    std::ignore = ::write(output_.native_handle(), keys.data(), keys.size());
}

void ChildStreams::type_end_of_file() { type(kEndOfFileKey); }

void ChildStreams::close_input(std::function<bool()> ready, bool raw_too) {
  asio::error_code ignored;
  if (!is_terminal_) {
    input_.close(ignored);
    return;
  }
  input_ready_ = std::move(ready);
  input_raw_too_ = raw_too;
  input_delay_ = kFirstLook;
  types_first_end_ = !input_ready_;
  look_at_input_later();
}

void ChildStreams::look_at_input_later() {
  if (ended_ || over_) return;
  input_timer_.expires_after(input_delay_);
  input_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->look_at_input();
  });
}

void ChildStreams::look_at_input() {
  if (ended_ || over_) return;
  const std::optional<char> key = end_of_file_key(output_.native_handle());
  const bool is_first = std::exchange(types_first_end_, false) && key;  // behind what has been written
  const bool typed = is_first || ((key || input_raw_too_) && may_type_end());
  if (typed) type(std::string(1, key.value_or(kEndOfFileKey.front())));
  input_delay_ = typed && key ? kFirstLook : std::min(2 * input_delay_, kSeldomLook);
  look_at_input_later();
}

bool ChildStreams::may_type_end() {
  return !has_unread_input(*child_input_) && (!input_ready_ || input_ready_());
}

void ChildStreams::resize(TerminalSize size) {
  if (is_terminal_ && output_.is_open()) set_size(output_.native_handle(), size);
}

bool ChildStreams::hides_input() {
  return is_terminal_ && output_.is_open() && !echoes(output_.native_handle());
}

}  // namespace agent::host
