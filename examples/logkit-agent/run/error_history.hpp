// ErrorHistory: the errors of one kind that a runner has had, each text once, with how often it came.
//
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace logkit {

struct HistoryError {
  std::string error;           // at most 1024 bytes
  std::int64_t timestamp = 0;  // of the last time, nanoseconds since 1970
  std::uint64_t count = 0;

  bool operator==(const HistoryError&) const = default;
  static void fields(auto& field) {
    field("error", &HistoryError::error);
    field("timestamp", &HistoryError::timestamp);
    field("count", &HistoryError::count);
  }
};

class ErrorHistory {
 public:
  // `cap`: different texts that are kept, at least one. Beyond it the text that has not come for the longest
  // time is forgotten.
  explicit ErrorHistory(std::size_t cap);

  void note(std::string_view text);
  // The same at that time, in nanoseconds since 1970.
  void note(std::string_view text, std::int64_t now_ns);
  // Sets `list`, the last one at its end, if anything was noted since the last call. For one reader.
  void update(std::vector<HistoryError>& list);

 private:
  std::size_t cap_;
  std::mutex mutex_;
  std::list<HistoryError> errors_;
  std::unordered_map<std::string_view, std::list<HistoryError>::iterator> by_text_;  // views into errors_
  bool is_changed_ = false;
};

}  // namespace logkit
