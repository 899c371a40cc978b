#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cerrno>
#include <tuple>
#include <utility>

#include "agent/error.hpp"
#include "host/child_streams.hpp"
#include "host/named_signal.hpp"
#include "host/terminal.hpp"

namespace agent::host {
namespace {

using Descriptor = asio::posix::stream_descriptor;

// When those who are left have had their time, what the child itself wrote is at most what a pipe holds: 64
// KiB, on machines with large pages 1 MiB. More than that was written later and is not waited for.
constexpr std::size_t kTailLimit = 1024 * 1024;
// A command that writes faster than we read would never let go of the loop.
constexpr int kReadsInARow = 4;
constexpr ssize_t kTerminalPiece = 4096;
// Smaller pieces are worth a pause before the next one; but not the first two, so that short commands need no
// timer.
constexpr std::size_t kSmallPiece = 4096;
constexpr int kPromptPieces = 2;
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

// A pipe, of which `ours` gets one end: the one that reads, or else the one that writes. The other one is the
// child's.
std::unique_ptr<FileHandle> open_pipe(Descriptor& ours, bool we_read) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
  auto theirs = std::make_unique<FileHandle>(ends[we_read ? 1 : 0]);
  ours.assign(ends[we_read ? 0 : 1]);
  ours.native_non_blocking(true);
  return theirs;
}

std::unique_ptr<FileHandle> open_nothing() {
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0) throw system_error("open /dev/null", errno);
  return std::make_unique<FileHandle>(nothing);
}

}  // namespace

// Our end of one stream of output.
struct ChildStreams::OutputEnd {
  explicit OutputEnd(const asio::any_io_executor& executor) : descriptor(executor) {}

  Descriptor descriptor;  // of a terminal: both directions
  std::size_t tail = 0;   // bytes that may still come after the cut
  bool is_watched = false;
  bool is_readable = false;  // as far as we have been told
  bool over = false;
  // The descriptor during a pause of a pipe: epoll would wake the loop for each piece that is written.
  int parked = -1;

  ~OutputEnd() { close(); }
  void park() { parked = descriptor.release(); }
  void unpark() {
    if (parked >= 0) descriptor.assign(std::exchange(parked, -1));
  }
  void close() {
    asio::error_code ignored;
    descriptor.close(ignored);
    if (parked >= 0) ::close(std::exchange(parked, -1));
  }
};

struct ChildStreams::OurEnds {
  explicit OurEnds(const asio::any_io_executor& executor)
      : output(executor), error(executor), pipe_to_input(executor) {}

  Descriptor& input(bool is_terminal) { return is_terminal ? output.descriptor : pipe_to_input; }

  OutputEnd output;
  OutputEnd error;
  Descriptor pipe_to_input;
};

ChildStreams::ChildStreams(asio::any_io_executor executor, StreamOptions options)
    : is_terminal_(options.terminal),
      pause_(options.pause),
      ends_(std::make_unique<OurEnds>(executor)),
      left_over_timer_(executor),
      input_timer_(executor),
      pause_timer_(executor) {
  ends_->error.over = !options.error_apart;
  if (is_terminal_) {
    ends_->output.descriptor.assign(open_terminal(options.size));
    child_input_ = open_other_side(ends_->output.descriptor.native_handle());
  } else {
    open_pipes(options);
  }
}

ChildStreams::~ChildStreams() = default;

void ChildStreams::open_pipes(const StreamOptions& options) {
  child_output_ = open_pipe(ends_->output.descriptor, true);
  if (options.error_apart) child_error_ = open_pipe(ends_->error.descriptor, true);
  child_input_ = options.input ? open_pipe(ends_->pipe_to_input, false) : open_nothing();
}

void ChildStreams::give_to(std::uint32_t user) {
  // Without success /dev/stdout cannot be opened by its name, nothing more.
  if (is_terminal_ || ends_->pipe_to_input.is_open()) std::ignore = ::fchown(child_input(), user, -1);
  if (!is_terminal_) std::ignore = ::fchown(child_output(), user, -1);
  if (child_error_) std::ignore = ::fchown(child_error(), user, -1);
}

// The other side of a terminal stays open with us: the output of a child that closes its terminal and opens
// it again later is not over.
void ChildStreams::started() {
  child_output_.reset();
  child_error_.reset();
  if (!is_terminal_) child_input_.reset();
}

void ChildStreams::ended() {
  if (std::exchange(ended_, true) || over_) return;
  child_input_.reset();
  input_timer_.cancel();
  asio::error_code ignored;
  ends_->pipe_to_input.close(ignored);
  pause_timer_.cancel();
  is_terminal_ ? look_again() : readable_.wake();
  left_over_timer_.expires_after(kLeftOverLimit);
  left_over_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->cut();
  });
}

void ChildStreams::cut() {
  cut_ = true;
  ends_->output.tail = ends_->error.tail = kTailLimit;
  look_again();
}

// Those who wait, in both directions.
void ChildStreams::look_again() {
  asio::error_code ignored;
  if (ends_->output.descriptor.is_open()) ends_->output.descriptor.cancel(ignored);
  readable_.wake();
}

void ChildStreams::close() {
  over_ = true;
  left_over_timer_.cancel();
  input_timer_.cancel();
  pause_timer_.cancel();
  child_input_.reset();
  child_output_.reset();
  child_error_.reset();
  if (!held_) close_descriptors();
  look_again();
}

void ChildStreams::release() {
  held_ = false;
  if (over_) close_descriptors();
}

void ChildStreams::close_descriptors() {
  asio::error_code ignored;
  ends_->output.close();
  ends_->error.close();
  ends_->pipe_to_input.close(ignored);
}

ChildStreams::Got ChildStreams::read_some(OutputEnd& end, std::string& bytes) {
  std::array<char, kMaxOutputPiece> buffer;
  const std::size_t limit = cut_ ? std::min(end.tail, buffer.size()) : buffer.size();
  std::size_t size = 0;
  ssize_t got = 0;
  // A terminal gives 4 KiB at a time; after less than that there is seldom more.
  const ssize_t enough = is_terminal_ ? kTerminalPiece / 2 : kMaxOutputPiece;
  do {
    got = ::read(end.descriptor.native_handle(), buffer.data() + size, limit - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  } while (size < limit && got >= enough);
  const bool not_ready = got < 0 && is_not_ready(errno);
  bytes.assign(buffer.data(), size);
  if (cut_) end.tail -= size;
  if (size > 0) return Got::bytes;
  return not_ready && !cut_ ? Got::nothing_yet : Got::end;
}

void ChildStreams::finish(OutputEnd& end) {
  asio::error_code ignored;
  end.over = true;
  if (ends_->output.over && ends_->error.over) return close();
  end.descriptor.close(ignored);
}

// Whether there is a piece, or "" because all that is wanted is over. Two streams that never pause take
// turns.
bool ChildStreams::take(Wanted wanted, OutputPiece& piece) {
  std::array<OutputEnd*, 2> in_turn{&ends_->output, &ends_->error};
  if (!error_was_last_) std::swap(in_turn[0], in_turn[1]);
  bool all_over = true;
  for (OutputEnd* const end : in_turn) {
    const bool is_error = end == &ends_->error;
    if (over_ || end->over || wanted == (is_error ? Wanted::output : Wanted::error)) continue;
    if (is_paused()) {
      end->is_readable ? wake_after_pause(*end) : wake_when_readable(*end);
      all_over = false;
      continue;
    }
    end->unpark();
    const Got got = read_some(*end, piece.text);
    end->is_readable = false;
    piece.is_error = error_was_last_ = is_error;
    if (got == Got::bytes) {
      note_size(piece.text.size());
      return true;
    }
    if (got == Got::end) finish(*end);
    if (got == Got::nothing_yet) wake_when_readable(*end);
    all_over = all_over && got == Got::end;
  }
  return all_over;
}

bool ChildStreams::is_paused() const {
  return !ended_ && small_pieces_ >= kPromptPieces && RealClock::now() < read_at_ + pause_;
}

// A terminal never has much at once, and the one who fills it must not wait.
void ChildStreams::note_size(std::size_t size) {
  const std::size_t small = is_terminal_ ? kTerminalPiece / 2 : kSmallPiece;
  small_pieces_ = size < small ? std::min(small_pieces_ + 1, kPromptPieces) : 0;
  if (small_pieces_ == kPromptPieces) read_at_ = RealClock::now();
}

void ChildStreams::wake_after_pause(OutputEnd& end) {
  if (!is_terminal_ && end.descriptor.is_open()) end.park();
  pause_timer_.expires_at(read_at_ + pause_);
  pause_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->readable_.wake();
  });
}

void ChildStreams::wake_when_readable(OutputEnd& end) {
  if (std::exchange(end.is_watched, true)) return;
  end.descriptor.async_wait(Descriptor::wait_read, [weak = weak_from_this(), &end](asio::error_code failed) {
    const auto self = weak.lock();
    if (!self) return;
    end.is_watched = false;
    end.is_readable = !failed;
    self->readable_.wake();
  });
}

Task<> ChildStreams::let_others_run(std::shared_ptr<ChildStreams> self) {
  self->reads_in_a_row_ = 0;
  co_await asio::post(self->left_over_timer_.get_executor(), asio::use_awaitable);
}

Task<std::optional<OutputPiece>> ChildStreams::read_from(std::shared_ptr<ChildStreams> self, Wanted wanted,
                                                         std::chrono::milliseconds limit) {
  if (++self->reads_in_a_row_ > kReadsInARow) co_await let_others_run(self);
  const auto deadline = limit == kNoLimit ? Event::Clock::time_point::max() : Event::Clock::now() + limit;
  OutputPiece piece;
  while (!self->take(wanted, piece)) {
    self->reads_in_a_row_ = 0;
    const bool woken = co_await self->readable_.wait(deadline);
    if (!woken) co_return std::nullopt;
  }
  co_return piece;
}

// 0: no room now.
std::size_t ChildStreams::write_some(std::string_view bytes) {
  if (ended_ || over_) fail_closed("the process has ended");
  Descriptor& input = ends_->input(is_terminal_);
  if (!input.is_open()) fail_closed("the input is closed");
  small_pieces_ = 0;
  const ssize_t size = write_without_signal(input.native_handle(), bytes);
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
    co_await self->ends_->input(self->is_terminal_).async_wait(Descriptor::wait_write, token);
  }
}

void ChildStreams::type(std::string_view keys) {
  small_pieces_ = 0;
  if (is_terminal_ && ends_->output.descriptor.is_open())
    std::ignore = ::write(ends_->output.descriptor.native_handle(), keys.data(), keys.size());
}

void ChildStreams::type_end_of_file() { type(kEndOfFileKey); }

void ChildStreams::close_input(std::function<bool()> ready, bool raw_too) {
  asio::error_code ignored;
  if (!is_terminal_) {
    ends_->pipe_to_input.close(ignored);
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
  const std::optional<char> key = end_of_file_key(ends_->output.descriptor.native_handle());
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
  if (is_terminal_ && ends_->output.descriptor.is_open())
    set_size(ends_->output.descriptor.native_handle(), size);
}

bool ChildStreams::signal(int pid, std::string_view name) {
  const bool has_terminal = is_terminal_ && ends_->output.descriptor.is_open();
  return signal_group(has_terminal ? foreground_of(ends_->output.descriptor.native_handle()) : pid, name);
}

bool ChildStreams::hides_input() {
  return is_terminal_ && ends_->output.descriptor.is_open() &&
         !echoes(ends_->output.descriptor.native_handle());
}

}  // namespace agent::host
