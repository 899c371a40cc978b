#include "syslog_frames.hpp"

#include <algorithm>

namespace logkit {
namespace {

// A longer number is no length.
constexpr std::size_t kMostDigits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_end(char c) { return c == '\n' || c == '\r' || c == '\0'; }

// The place of the first line end or NUL byte.
std::size_t find_end(std::string_view bytes) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  return std::min(bytes.substr(0, end).find('\0'), end);
}

}  // namespace

void SyslogFrames::feed(std::string_view bytes, const FrameSink& sink) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::between: skip_ends(bytes); break;
      case State::length: take_length(bytes); break;
      case State::counted: take_counted(bytes, sink); break;
      case State::line: take_line(bytes, sink); break;
    }
  }
}

void SyslogFrames::finish(const FrameSink& sink) {
  if (state_ != State::between) hand_over({}, sink);
}

void SyslogFrames::skip_ends(std::string_view& bytes) {
  while (!bytes.empty() && is_end(bytes.front())) bytes.remove_prefix(1);
  if (bytes.empty()) return;
  const bool begins_length = is_digit(bytes.front()) && bytes.front() != '0';
  state_ = begins_length ? State::length : State::line;
}

// Goes on until it is clear whether this is a length.
void SyslogFrames::take_length(std::string_view& bytes) {
  const char c = bytes.front();
  const bool has_blank = kept_.ends_with(' ');
  if (has_blank && c == '<') {
    left_ = std::stoull(kept_);
    kept_.clear();
    state_ = State::counted;
    return;
  }
  const bool goes_on = !has_blank && (c == ' ' || (is_digit(c) && kept_.size() < kMostDigits));
  if (!goes_on) {
    state_ = State::line;
    return;
  }
  kept_ += c;
  bytes.remove_prefix(1);
}

void SyslogFrames::take_counted(std::string_view& bytes, const FrameSink& sink) {
  const std::string_view part = bytes.substr(0, left_);
  bytes.remove_prefix(part.size());
  left_ -= part.size();
  left_ == 0 ? hand_over(part, sink) : keep(part);
}

void SyslogFrames::take_line(std::string_view& bytes, const FrameSink& sink) {
  const std::size_t end = find_end(bytes);
  const std::string_view part = bytes.substr(0, end);
  const bool is_complete = end < bytes.size();
  bytes.remove_prefix(is_complete ? end + 1 : end);
  is_complete ? hand_over(part, sink) : keep(part);
}

void SyslogFrames::keep(std::string_view bytes) {
  const std::size_t room = max_ - std::min(max_, kept_.size());
  kept_ += bytes.substr(0, room);
  cut_ += bytes.size() - std::min(room, bytes.size());
}

// A message that came in one piece is not copied.
void SyslogFrames::hand_over(std::string_view last, const FrameSink& sink) {
  const bool is_whole = kept_.empty() && cut_ == 0 && last.size() <= max_;
  if (!is_whole) keep(last);
  std::string_view text = is_whole ? last : std::string_view(kept_);
  while (!text.empty() && is_end(text.back())) text.remove_suffix(1);
  if (!text.empty()) sink({text, cut_});
  kept_.clear();
  cut_ = 0;
  left_ = 0;
  state_ = State::between;
}

}  // namespace logkit
