#include "commands/input_window.hpp"

#include <algorithm>

#include "agent/wire/exec.hpp"

namespace server {

InputWindow::InputWindow(bool is_new) : until_(is_new ? agent::wire::kInputWindow : 0), is_known_(is_new) {}

void InputWindow::put(std::string_view bytes) {
  if (!is_ended_ && !is_closed_) kept_ += bytes;
}

std::optional<InputPiece> InputWindow::next() {
  if (!is_known_ || is_closed_) return std::nullopt;
  const std::uint64_t begin = sent_ - first_;
  const std::uint64_t granted = until_ - std::min(until_, sent_);
  const std::size_t count = std::min(
      {static_cast<std::size_t>(granted), kept_.size() - static_cast<std::size_t>(begin), kInputPiece});
  const bool is_all = begin + count == kept_.size();
  const bool is_end = is_ended_ && is_all && !end_sent_;
  if (count == 0 && !is_end) return std::nullopt;
  InputPiece piece{.offset = sent_, .bytes = kept_.substr(begin, count), .is_end = is_end};
  sent_ += count;
  end_sent_ = end_sent_ || is_end;
  return piece;
}

void InputWindow::taken(std::uint64_t got, std::uint64_t until, bool is_closed) {
  if (!is_known_) {
    first_ = sent_ = got;
    is_known_ = true;
  }
  if (got > sent_) return;
  if (got > first_) {
    kept_.erase(0, static_cast<std::size_t>(got - first_));
    first_ = got;
  }
  until_ = std::max(until_, until);
  if (is_closed) close();
}

// What was sent has gone, too: nobody asks for it again.
void InputWindow::close() {
  is_closed_ = true;
  first_ = sent_;
  kept_.clear();
}

void InputWindow::rewind() {
  sent_ = first_;
  end_sent_ = false;
}

}  // namespace server
