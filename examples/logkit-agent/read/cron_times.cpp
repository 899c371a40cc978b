#include "cron_times.hpp"

#include <agent/error.hpp>
#include <agent/units.hpp>
#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace logkit {
namespace {

struct Range {
  const char* name;
  unsigned least, most;
};
constexpr std::array kRanges{Range{"seconds", 0, 59}, Range{"minutes", 0, 59},
                             Range{"hours", 0, 23},   Range{"days", 1, 31},
                             Range{"months", 1, 12},  Range{"days of the week", 0, 7}};
enum Field : std::size_t { kSecond, kMinute, kHour, kDay, kMonth, kWeekday };

constexpr std::array kNames{std::pair{std::string_view("@hourly"), std::string_view("0 * * * *")},
                            std::pair{std::string_view("@daily"), std::string_view("0 0 * * *")},
                            std::pair{std::string_view("@weekly"), std::string_view("0 0 * * 0")},
                            std::pair{std::string_view("@monthly"), std::string_view("0 0 1 * *")}};

constexpr std::int64_t kMinuteSeconds = 60;
constexpr std::int64_t kHourSeconds = 3600;
constexpr std::int64_t kDaySeconds = 24 * kHourSeconds;
constexpr std::int64_t kHorizon = 5 * 366 * kDaySeconds;

[[noreturn]] void fail(std::string_view text, const std::string& why) {
  throw agent::Error(agent::Errc::bad_config, "'" + std::string(text) + "': " + why);
}

bool has(std::uint64_t bits, unsigned value) { return (bits >> value & 1) != 0; }

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

unsigned read_number(std::string_view text, const Range& range, std::string_view whole) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    fail(whole, "'" + std::string(text) + "' is no number of " + range.name);
  return number;
}

// "*", "*/5", "3", "3-7", "3-7/2".
std::uint64_t read_part(std::string_view part, const Range& range, std::string_view whole) {
  const std::size_t slash = std::min(part.find('/'), part.size());
  const std::string_view values = part.substr(0, slash);
  const unsigned step = slash < part.size() ? read_number(part.substr(slash + 1), range, whole) : 1;
  unsigned begin = range.least;
  unsigned end = range.most;
  if (values != "*" && values != "?") {
    const std::size_t dash = std::min(values.find('-'), values.size());
    begin = read_number(values.substr(0, dash), range, whole);
    end = dash < values.size()  ? read_number(values.substr(dash + 1), range, whole)
          : slash < part.size() ? range.most
                                : begin;
  }
  if (begin < range.least || end > range.most || begin > end || step == 0)
    fail(whole, "'" + std::string(part) + "' is not within the " + range.name + " from " +
                    std::to_string(range.least) + " to " + std::to_string(range.most));
  std::uint64_t bits = 0;
  for (unsigned value = begin; value <= end; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

std::optional<std::string_view> pause_text(std::string_view text) {
  for (const std::string_view word : {"loop", "@every"}) {
    if (!text.starts_with(word)) continue;
    text.remove_prefix(word.size());
    while (text.starts_with(' ')) text.remove_prefix(1);
    return text;
  }
  return std::nullopt;
}

}  // namespace

// What the clock on the wall shows.
struct CronTimes::Local {
  Local(std::int64_t utc, int offset_minutes) {
    using namespace std::chrono;
    const sys_seconds time{seconds(utc + offset_minutes * kMinuteSeconds)};
    const sys_days date = floor<days>(time);
    const year_month_day ymd(date);
    day = static_cast<unsigned>(ymd.day());
    month = static_cast<unsigned>(ymd.month());
    weekday_number = weekday(date).c_encoding();
    second_of_day = (time - date).count();
  }
  unsigned day, month, weekday_number;
  std::int64_t second_of_day;
};

CronTimes::CronTimes(std::string_view text) {
  if (const auto pause = pause_text(text)) {
    constexpr std::chrono::seconds kPause{10};
    pause_ = pause->empty() ? kPause : agent::parse_duration(*pause);
    if (*pause_ < std::chrono::seconds(1)) fail(text, "runs have a second between them at least");
    return;
  }
  for (const auto& [name, fields] : kNames)
    if (text == name) text = fields;
  read_fields(text);
}

void CronTimes::read_fields(std::string_view text) {
  std::vector<std::string_view> words = split(text, ' ');
  std::erase(words, std::string_view());
  if (words.size() == 5) words.insert(words.begin(), "0");
  if (words.size() != fields_.size())
    fail(text, "a cron expression has five fields, or six with seconds; 'loop 30s' is a pause between runs");
  for (std::size_t i = 0; i < fields_.size(); ++i)
    for (const std::string_view part : split(words[i], ',')) fields_[i] |= read_part(part, kRanges[i], text);
  if (has(fields_[kWeekday], 7)) fields_[kWeekday] |= 1;
  limits_day_ = words[kDay] != "*" && words[kDay] != "?";
  limits_weekday_ = words[kWeekday] != "*" && words[kWeekday] != "?";
}

bool CronTimes::has_day(const Local& local) const {
  if (!has(fields_[kMonth], local.month)) return false;
  const bool is_day = has(fields_[kDay], local.day);
  const bool is_weekday = has(fields_[kWeekday], local.weekday_number);
  return limits_day_ && limits_weekday_ ? is_day || is_weekday : is_day && is_weekday;
}

bool CronTimes::has_minute(const Local& local) const {
  return has(fields_[kHour], static_cast<unsigned>(local.second_of_day / kHourSeconds)) &&
         has(fields_[kMinute], static_cast<unsigned>(local.second_of_day / kMinuteSeconds % 60));
}

std::optional<std::int64_t> CronTimes::next(std::int64_t now, ZoneOffset offset) const {
  if (pause_) return now + std::chrono::ceil<std::chrono::seconds>(*pause_).count();
  std::int64_t minute = (now + 1) / kMinuteSeconds * kMinuteSeconds;
  while (minute <= now + kHorizon) {
    const Local local(minute, offset(minute));
    if (!has_day(local)) {
      // Days may have 23 hours: the last ones are looked at.
      const std::int64_t left = kDaySeconds - local.second_of_day;
      minute += left > 3 * kHourSeconds ? left - 2 * kHourSeconds : kMinuteSeconds;
      continue;
    }
    for (std::int64_t second = 0; has_minute(local) && second < 60; ++second)
      if (has(fields_[kSecond], static_cast<unsigned>(second)) && minute + second > now)
        return minute + second;
    minute += kMinuteSeconds;
  }
  return std::nullopt;
}

}  // namespace logkit
