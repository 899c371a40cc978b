#include "read_pace.hpp"

#include <algorithm>
#include <charconv>

namespace logkit {
namespace {

// What may be saved up: the rate is even from a second to the next, not from a minute to the next.
constexpr double kSavedSeconds = 0.1;
// A closed window is looked at again after this time: clocks may be set.
constexpr std::chrono::seconds kLookAtWindow{1};

bool take_number(std::string_view& text, int most, int& number) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  if (error != std::errc() || digits > 2 || number > most) return false;
  text.remove_prefix(digits);
  return true;
}

// "12", "12:5", "12:05". False: something else.
bool parse_minute(std::string_view text, int& minute) {
  int hour = 0;
  int rest = 0;
  if (!take_number(text, 24, hour)) return false;
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    if (!take_number(text, 59, rest)) return false;
  }
  minute = hour % 24 * 60 + rest;
  return text.empty();
}

}  // namespace

bool DayWindow::contains(int minute) const {
  if (begin == end) return true;
  if (begin < end) return minute >= begin && minute < end;
  return minute >= begin || minute < end;
}

std::optional<DayWindow> parse_day_window(std::string_view text) {
  DayWindow window;
  const std::size_t dash = std::min(text.find('-'), text.size());
  const std::string_view begin = text.substr(0, dash);
  const std::string_view end = text.substr(std::min(dash + 1, text.size()));
  if (text.empty()) return std::nullopt;
  if (!begin.empty() && !parse_minute(begin, window.begin)) return std::nullopt;
  if (!end.empty() && !parse_minute(end, window.end)) return std::nullopt;
  return window;
}

std::chrono::nanoseconds ReadPace::wait(Time now, int minute) {
  if (!options_.window.contains(minute)) return kLookAtWindow;
  if (options_.bytes_per_second == 0) return {};
  const auto rate = static_cast<double>(options_.bytes_per_second);
  const double most = rate * kSavedSeconds;
  if (last_ == Time()) last_ = now;
  left_ = std::min(most, left_ + rate * std::chrono::duration<double>(now - last_).count());
  last_ = now;
  if (left_ >= 0) return {};
  return std::chrono::nanoseconds(static_cast<std::int64_t>(-left_ / rate * 1e9) + 1);
}

void ReadPace::took(std::uint64_t bytes) { left_ -= static_cast<double>(bytes); }

}  // namespace logkit
