#include "agent/wire/values.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/digits.hpp"
#include "base/ip_bytes.hpp"

namespace agent::wire {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::uint32_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::size_t kFractionDigits = 9;

constexpr std::int64_t seconds_of_year(int year) {
  return sys_days(std::chrono::year(year) / 1 / 1).time_since_epoch().count() * kSecondsPerDay;
}

// Takes RFC 3339 text apart from the front.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : text_(text), rest_(text) {}

  unsigned number(std::size_t digits, unsigned min, unsigned max) {
    unsigned value = 0;
    if (rest_.size() < digits) fail();
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit(i);
    if (value < min || value > max) fail();
    rest_.remove_prefix(digits);
    return value;
  }

  void expect(char c) {
    if (!skip(c)) fail();
  }

  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::uint32_t nanoseconds() {
    if (!skip('.')) return 0;
    std::uint32_t value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && is_digit(rest_[digits]); ++digits)
      if (digits < kFractionDigits) value = value * 10 + digit(digits);
    if (digits == 0) fail();
    rest_.remove_prefix(digits);
    for (; digits < kFractionDigits; ++digits) value *= 10;
    return value;
  }

  int offset_minutes() {
    if (skip('Z')) return 0;
    const bool west = skip('-');
    if (!west) expect('+');
    const unsigned hours = number(2, 0, 23);
    expect(':');
    const int minutes = static_cast<int>(hours * 60 + number(2, 0, 59));
    return west ? -minutes : minutes;
  }

  void expect_end() {
    if (!rest_.empty()) fail();
  }

  [[noreturn]] void fail() const {
    throw Error(Errc::bad_message,
                fmt::format("expected a time such as 2026-03-01T08:30:00.25+08:00, found \"{}\"",
                            text_.substr(0, 40)));
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  unsigned digit(std::size_t at) const {
    if (!is_digit(rest_[at])) fail();
    return static_cast<unsigned>(rest_[at] - '0');
  }

  std::string_view text_;
  std::string_view rest_;
};

std::int64_t read_day(TimeText& text) {
  const auto year = static_cast<int>(text.number(4, 0, 9999));
  text.expect('-');
  const unsigned month = text.number(2, 1, 12);
  text.expect('-');
  const unsigned day = text.number(2, 1, 31);
  const year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) text.fail();
  return sys_days(date).time_since_epoch().count();
}

std::int64_t read_second_of_day(TimeText& text) {
  const unsigned hours = text.number(2, 0, 23);
  text.expect(':');
  const unsigned minutes = text.number(2, 0, 59);
  text.expect(':');
  const unsigned seconds = text.number(2, 0, 59);
  return hours * 3600 + minutes * 60 + seconds;
}

// RFC 3339 has years of four digits and offsets below a day.
bool can_be_written(const Time& time) {
  constexpr std::int64_t kFirst = seconds_of_year(0) + kSecondsPerDay;
  constexpr std::int64_t kLast = seconds_of_year(10000) - 1 - kSecondsPerDay;
  return time.seconds >= kFirst && time.seconds <= kLast && time.nanoseconds < kNanosecondsPerSecond &&
         std::abs(time.offset_minutes) < kSecondsPerDay / 60;
}

// RFC 3339 text from its front; each part begins with what stands before it.
class TimeDigits {
 public:
  void add(std::uint64_t number, std::size_t width) { end_ = put_digits(end_, number, width); }
  void add(char before, std::uint64_t number, std::size_t width) {
    *end_++ = before;
    add(number, width);
  }

  void add_fraction(std::uint32_t nanoseconds) {
    if (nanoseconds == 0) return;
    add('.', nanoseconds, kFractionDigits);
    while (end_[-1] == '0') --end_;
  }

  void add_zone(int offset_minutes) {
    const auto size = static_cast<unsigned>(std::abs(offset_minutes));
    if (size == 0) {
      *end_++ = 'Z';
    } else {
      add(offset_minutes < 0 ? '-' : '+', size / 60, 2);
      add(':', size % 60, 2);
    }
  }

  std::string_view text() const { return {text_.data(), static_cast<std::size_t>(end_ - text_.data())}; }

 private:
  std::array<char, sizeof "2026-03-01T08:30:00.123456789+08:00"> text_;
  char* end_ = text_.data();
};

}  // namespace

Time Time::now() { return from(std::chrono::system_clock::now()); }

Time Time::from(std::chrono::system_clock::time_point point) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(point);
  const std::chrono::nanoseconds rest = point - whole;
  Time out;
  out.seconds = whole.time_since_epoch().count();
  out.nanoseconds = static_cast<std::uint32_t>(rest.count());
  return out;
}

std::string to_string(const Time& time) {
  if (!can_be_written(time)) return to_string(Time{});
  const std::int64_t local = time.seconds + time.offset_minutes * 60;
  const auto day =
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(local)));
  const year_month_day date(day);
  const auto second = static_cast<unsigned>(local - day.time_since_epoch().count() * kSecondsPerDay);
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  TimeDigits out;
  out.add(year, 4);
  out.add('-', static_cast<unsigned>(date.month()), 2);
  out.add('-', static_cast<unsigned>(date.day()), 2);
  out.add('T', second / 3600, 2);
  out.add(':', second / 60 % 60, 2);
  out.add(':', second % 60, 2);
  out.add_fraction(time.nanoseconds);
  out.add_zone(time.offset_minutes);
  return std::string(out.text());
}

Time parse_time(std::string_view text) {
  TimeText rest(text);
  Time out;
  const std::int64_t day = read_day(rest);
  rest.expect('T');
  const std::int64_t second = read_second_of_day(rest);
  out.nanoseconds = rest.nanoseconds();
  out.offset_minutes = static_cast<std::int16_t>(rest.offset_minutes());
  rest.expect_end();
  out.seconds = day * kSecondsPerDay + second - out.offset_minutes * 60;
  return out;
}

void read_json(json::Value value, Time& out) { out = parse_time(value.as_string()); }
void write_json(json::Writer& out, const Time& value) { out.string(to_string(value)); }

void read_json(json::Value value, Float2& out) { out.value = value.as_double(); }

void write_json(json::Writer& out, const Float2& value) {
  out.raw(fmt::format("{:.2f}", std::isfinite(value.value) ? value.value : 0.0));
}

void read_json(json::Value value, Ip& out) {
  out.text = value.as_string();
  if (!out.text.empty() && !parse_ip(out.text)) {
    throw Error(
        Errc::bad_message,
        fmt::format("expected an IPv4 or IPv6 address without a zone, found \"{}\"", out.text.substr(0, 64)));
  }
}

void write_json(json::Writer& out, const Ip& value) {
  const std::string address = value.text.substr(0, value.text.find('%'));
  out.string(parse_ip(address) ? address : std::string());
}

}  // namespace agent::wire
