#include "error_history.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace logkit {
namespace {

constexpr std::size_t kMaxText = 1024;

}  // namespace

ErrorHistory::ErrorHistory(std::size_t cap) : cap_(std::max<std::size_t>(cap, 1)) {}

void ErrorHistory::note(std::string_view text) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  note(text, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

void ErrorHistory::note(std::string_view text, std::int64_t now_ns) {
  text = text.substr(0, kMaxText);
  const std::lock_guard lock(mutex_);
  is_changed_ = true;
  if (const auto known = by_text_.find(text); known != by_text_.end()) {
    errors_.splice(errors_.end(), errors_, known->second);
    errors_.back().timestamp = now_ns;
    ++errors_.back().count;
    return;
  }
  if (errors_.size() >= cap_) {
    by_text_.erase(errors_.front().error);
    errors_.pop_front();
  }
  errors_.push_back({std::string(text), now_ns, 1});
  by_text_[errors_.back().error] = std::prev(errors_.end());
}

void ErrorHistory::update(std::vector<HistoryError>& list) {
  const std::lock_guard lock(mutex_);
  if (!is_changed_) return;
  is_changed_ = false;
  list.assign(errors_.begin(), errors_.end());
}

}  // namespace logkit
