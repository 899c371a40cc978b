#include <poll.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <cerrno>

#include "stdin_front.hpp"
#include "unread_bytes.hpp"

namespace logkit {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Whoever has the standard input may give it back, and a full disk may have space again.
constexpr auto kTryAgain = 1s;
// What is there when the program ends is read within this time.
constexpr auto kLastReads = 1s;

}  // namespace

StdinFront::StdinFront(const StreamSource& source, LineSpool& spool, std::shared_ptr<StandardInput> input,
                       int descriptor)
    : spool_(spool),
      input_(std::move(input)),
      descriptor_(descriptor),
      name_(source.name),
      splitter_(source.tail.lines),
      line_timeout_(source.tail.line_timeout) {
  spool_.set_on_room([this] { wake(); });
}

void StdinFront::stop() {
  is_stopping_ = true;
  wake();
}

FrontStatus StdinFront::status() const {
  const std::lock_guard lock(mutex_);
  return {name_, problem_, 0, 0, 0, 0};
}

void StdinFront::tell(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  problem_ = problem;
}

void StdinFront::run() {
  if (!take()) return;
  while (!is_stopping_ && step()) {
  }
  leave();
}

// False: it is stopped before the standard input is free.
bool StdinFront::take() {
  StandardInput::Rest rest;
  while (!input_->take(rest)) {
    tell("another runner reads the standard input");
    wait(false, kTryAgain);
    if (is_stopping_) return false;
  }
  tell({});
  is_passing_over_ = rest.is_within_cut_line;
  for (std::string_view left = rest.bytes; !left.empty();) {
    const std::span<char> room = splitter_.room();
    const std::size_t count = left.copy(room.data(), room.size());
    left.remove_prefix(count);
    splitter_.filled(count);
    hand_over();
  }
  last_bytes_ = Clock::now();
  return true;
}

// False: the input has ended.
bool StdinFront::step() {
  const bool is_kept = spool_.flush();
  tell(spool_.problem());
  const bool has_room = is_kept && spool_.has_room();
  // The time of a line without its end counts only while it could go on.
  if (!has_room) last_bytes_ = Clock::now();
  const bool may_end = has_room && splitter_.pending() > 0;
  const Clock::time_point end = last_bytes_ + line_timeout_;
  const std::chrono::nanoseconds limit = is_kept ? 60s : kTryAgain;
  if (wait(has_room, may_end ? end - Clock::now() : limit)) return read_once();
  if (may_end && Clock::now() >= end) end_line();
  return true;
}

// True: there is something to be read.
bool StdinFront::wait(bool for_input, std::chrono::nanoseconds limit) {
  std::array<pollfd, 2> polled{pollfd{pipe_.descriptor(), POLLIN, 0}, pollfd{descriptor_, POLLIN, 0}};
  const auto ms =
      std::chrono::ceil<std::chrono::milliseconds>(std::clamp<std::chrono::nanoseconds>(limit, 0s, 60s));
  ::poll(polled.data(), for_input ? 2 : 1, static_cast<int>(ms.count()));
  pipe_.clear();
  return for_input && polled[1].revents != 0;
}

bool StdinFront::read_once() {
  const std::span<char> room = splitter_.room();
  const auto count = ::read(descriptor_, room.data(), room.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (count < 0) tell(agent::system_error("read the standard input", errno).what());
  if (count <= 0) {
    end_line();
    return false;
  }
  last_bytes_ = Clock::now();
  splitter_.filled(pass_over(room.first(static_cast<std::size_t>(count))));
  hand_over();
  return true;
}

// The rest of a line whose beginning is a record already goes, and is counted. How many bytes are left, at
// the front.
std::size_t StdinFront::pass_over(std::span<char> bytes) {
  if (!is_passing_over_) return bytes.size();
  const auto end = std::find(bytes.begin(), bytes.end(), '\n');
  is_passing_over_ = end == bytes.end();
  const auto left = is_passing_over_ ? end : std::next(end);
  spool_.count_lost(0, static_cast<std::uint64_t>(end - bytes.begin()));
  return static_cast<std::size_t>(std::copy(left, bytes.end(), bytes.begin()) - bytes.begin());
}

void StdinFront::hand_over() {
  for (Line line; splitter_.next(line);) spool_.add(name_, {line.text, line.cut});
}

void StdinFront::end_line() {
  for (Line line; splitter_.rest(line);) spool_.add(name_, {line.text, line.cut});
}

void StdinFront::leave() {
  if (input_->is_ending()) read_last();
  // Whoever goes on with a line must not join what is on both sides of the bytes that were cut out of it.
  const bool is_within_cut_line = is_passing_over_ || splitter_.is_cut();
  if (splitter_.is_cut()) end_line();
  const std::string rest(splitter_.pending_bytes());
  spool_.flush();
  spool_.give_up();
  input_->give_back({rest, is_within_cut_line});
}

// Nobody reads on: what has no end is a line, and what is left in the pipe is lost.
void StdinFront::read_last() {
  const Clock::time_point end = Clock::now() + kLastReads;
  while (spool_.flush() && spool_.has_room() && Clock::now() < end && wait(true, 0s) && read_once()) {
  }
  end_line();
  spool_.count_lost(0, unread_bytes(descriptor_));
}

}  // namespace logkit
