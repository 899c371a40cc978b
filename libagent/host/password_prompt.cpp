#include "host/password_prompt.hpp"

#include <algorithm>
#include <utility>

namespace agent::host {
namespace {

// It may have a helper of its own for a moment; after that many looks its command has begun. While the
// password has not been asked for, which is seldom, on a busy machine a helper may take seconds.
constexpr int kLooksWithoutAsker = 10;
constexpr int kLooksBeforeQuestion = 500;
// When su is alone after an answer, its command may have ended with its last words unread: those come before
// the second look.
constexpr int kQuietLooks = 2;

// The size of the longest end of `output` with which `text` begins.
std::size_t overlap(std::string_view output, std::string_view text) {
  std::size_t size = std::min(output.size(), text.size());
  while (!text.starts_with(output.substr(output.size() - size))) --size;
  return size;
}

}  // namespace

void PasswordPrompt::feed(std::string_view output) {
  if (!output.empty()) quiet_looks_ = 0;
  held_ += output;
  if (drop_line_break_) drop_line_break();
  if (drop_line_break_) return;
  if (done_) {
    shown_ += std::exchange(held_, {});
  } else if (text_.empty()) {
    find_unfinished_line();
  } else if (!asked_) {
    find_text();
  }
}

void PasswordPrompt::find_text() {
  const std::size_t at = held_.find(text_);
  asked_ = at != std::string::npos;
  const std::size_t end = asked_ ? at : held_.size() - overlap(held_, text_);
  shown_.append(held_, 0, end);
  held_.erase(0, asked_ ? end + text_.size() : end);
}

void PasswordPrompt::find_unfinished_line() {
  const std::size_t end = held_.rfind('\n') + 1;  // 0 when there is none
  shown_.append(held_, 0, end);
  held_.erase(0, end);
}

// "\r\n" or "\n", which may come in two pieces.
void PasswordPrompt::drop_line_break() {
  if (held_.empty() || held_ == "\r") return;
  drop_line_break_ = false;
  if (held_.starts_with("\r\n")) {
    held_.erase(0, 2);
  } else if (held_.front() == '\n') {
    held_.erase(0, 1);
  }
}

PasswordPrompt::Answer PasswordPrompt::look(bool input_is_hidden, bool asker_is_in_front) {
  if (!may_ask() || drop_line_break_) return Answer::none;
  if (text_.empty()) note_asker(asker_is_in_front);
  if (!input_is_hidden || !asker_is_in_front) return Answer::none;
  if (text_.empty() && answered_ && ++quiet_looks_ < kQuietLooks) return Answer::none;
  answered_ = true;
  if (text_.empty()) held_.clear();
  asked_ = false;
  drop_line_break_ = true;
  return std::exchange(has_password_, false) ? Answer::password : Answer::end_of_file;
}

void PasswordPrompt::note_asker(bool is_in_front) {
  looks_without_asker_ = is_in_front ? 0 : looks_without_asker_ + 1;
  done_ = looks_without_asker_ >= (has_password_ ? kLooksBeforeQuestion : kLooksWithoutAsker);
  if (done_) shown_ += std::exchange(held_, {});
}

std::string PasswordPrompt::finish() {
  shown_ += std::exchange(held_, {});
  return take();
}

}  // namespace agent::host
