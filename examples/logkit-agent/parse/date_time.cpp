#include "date_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "host_zone.hpp"

namespace logkit {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};

// Tried in this order.
constexpr std::array<std::string_view, 29> kLayouts{"%Y-%m-%dT%H:%M:%S%z",
                                                    "%d/%b/%Y:%H:%M:%S %z",
                                                    "%Y/%m/%d %H:%M:%S",
                                                    "%Y%m%dT%H%M%S%z",
                                                    "%Y-%m-%d %H:%M:%S %z %Z",
                                                    "%Y-%m-%d %H:%M:%S %z",
                                                    "%Y-%m-%d %H:%M:%S%z",
                                                    "%Y-%m-%d %H:%M:%S",
                                                    "%Y-%m-%dT%H:%M:%S",
                                                    "%Y/%m/%d %H:%M:%S %z %Z",
                                                    "%Y/%m/%d %H:%M:%S %z",
                                                    "%Y-%m-%d",
                                                    "%Y/%m/%d",
                                                    "%Y-%m-%d %z",
                                                    "%Y/%m/%d %z",
                                                    "%d/%m/%Y--%H:%M:%S",
                                                    "%d/%b/%Y:%H:%M:%S",
                                                    "%d %b %y %H:%M %Z",
                                                    "%d %b %y %H:%M %z",
                                                    "%d %b %y %H:%M",
                                                    "%a %b %e %H:%M:%S %Y",
                                                    "%a %b %e %H:%M:%S %Z %Y",
                                                    "%a %b %e %H:%M:%S %z %Y",
                                                    "%a, %d-%b-%y %H:%M:%S %Z",
                                                    "%a, %d %b %Y %H:%M:%S %Z",
                                                    "%a, %d %b %Y %H:%M:%S %z",
                                                    "%b %e %H:%M:%S",
                                                    "%b %e %Y %H:%M:%S",
                                                    "%I:%M%p"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// What a text has said about a date.
struct Parts {
  std::optional<int> year, month, day, offset_minutes;
  int hour = 0, minute = 0, second = 0;
  std::uint32_t nanoseconds = 0;
  bool is_afternoon = false;
  bool is_half_day = false;
};

bool take_number(std::string_view& text, std::size_t least, std::size_t most, int& number) {
  std::size_t size = 0;
  number = 0;
  while (size < text.size() && size < most && is_digit(text[size]))
    number = number * 10 + (text[size++] - '0');
  text.remove_prefix(size);
  return size >= least;
}

bool take_in(std::string_view& text, std::size_t least, int low, int high, int& number) {
  return take_number(text, least, 2, number) && number >= low && number <= high;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                  [](char a, char b) { return lower(a) == lower(b); });
}

// A whole name, or its first three letters. -1: none of them.
template <std::size_t N>
int take_name(std::string_view& text, const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    const bool is_long = starts_with_word(text, names[i]);
    if (!is_long && !starts_with_word(text, names[i].substr(0, 3))) continue;
    text.remove_prefix(is_long ? names[i].size() : 3);
    return static_cast<int>(i);
  }
  return -1;
}

void take_fraction(std::string_view& text, std::uint32_t& nanoseconds) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return;
  text.remove_prefix(1);
  std::uint32_t scale = 100'000'000;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    nanoseconds += static_cast<std::uint32_t>(text.front() - '0') * scale;
    scale /= 10;
  }
}

bool take_zone(std::string_view& text, std::optional<int>& offset) {
  if (text.empty()) return false;
  const char sign = text.front();
  text.remove_prefix(1);
  if (sign == 'Z' || sign == 'z') {
    offset = 0;
    return true;
  }
  int hours = 0;
  int minutes = 0;
  if ((sign != '+' && sign != '-') || !take_in(text, 2, 0, 23, hours)) return false;
  const bool has_colon = text.starts_with(':');
  if (has_colon) text.remove_prefix(1);
  const bool has_minutes = !text.empty() && is_digit(text.front());
  if ((has_minutes || has_colon) && !take_in(text, 2, 0, 59, minutes)) return false;
  offset = (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
  return true;
}

// "GMT" and "UTC" say something; other names are not unique, and %z or the option counts.
bool take_zone_name(std::string_view& text, std::optional<int>& offset) {
  std::size_t size = 0;
  while (size < text.size() && size < 5 && is_letter(text[size])) ++size;
  const std::string_view name = text.substr(0, size);
  text.remove_prefix(size);
  if (!offset && (name == "UTC" || name == "GMT" || name == "Z")) offset = 0;
  return size > 0;
}

bool take_year(std::string_view& text, bool is_short, Parts& parts) {
  int year = 0;
  if (!take_number(text, is_short ? 2 : 4, is_short ? 2 : 4, year)) return false;
  parts.year = !is_short ? year : year < 69 ? 2000 + year : 1900 + year;
  return true;
}

bool take_half_day(std::string_view& text, Parts& parts) {
  parts.is_half_day = true;
  parts.is_afternoon = starts_with_word(text, "PM");
  const bool is_one = parts.is_afternoon || starts_with_word(text, "AM");
  text.remove_prefix(is_one ? 2 : 0);
  return is_one;
}

bool take_day(std::string_view& text, Parts& parts) {
  int day = 0;
  skip_blanks(text);
  parts.day = 0;
  if (!take_in(text, 1, 1, 31, day)) return false;
  parts.day = day;
  return true;
}

bool take_month(std::string_view& text, bool is_name, Parts& parts) {
  int month = 0;
  if (is_name) month = take_name(text, kMonths) + 1;
  if (is_name ? month == 0 : !take_in(text, 1, 1, 12, month)) return false;
  parts.month = month;
  return true;
}

bool take_second(std::string_view& text, Parts& parts) {
  if (!take_in(text, 2, 0, 60, parts.second)) return false;
  take_fraction(text, parts.nanoseconds);
  return true;
}

bool take_part(std::string_view& text, char letter, Parts& parts) {
  switch (letter) {
    case 'Y': return take_year(text, false, parts);
    case 'y': return take_year(text, true, parts);
    case 'm': return take_month(text, false, parts);
    case 'b': return take_month(text, true, parts);
    case 'd':
    case 'e': return take_day(text, parts);
    case 'H': return take_in(text, 1, 0, 24, parts.hour);
    case 'I': return take_in(text, 1, 1, 12, parts.hour);
    case 'p': return take_half_day(text, parts);
    case 'M': return take_in(text, 2, 0, 59, parts.minute);
    case 'S': return take_second(text, parts);
    case 'a': return take_name(text, kDays) >= 0;
    case 'z': return take_zone(text, parts.offset_minutes);
    case 'Z': return take_zone_name(text, parts.offset_minutes);
    default: return false;
  }
}

bool take_parts(std::string_view text, std::string_view layout, Parts& parts) {
  for (std::size_t i = 0; i < layout.size(); ++i) {
    if (layout[i] == '%' && i + 1 < layout.size()) {
      if (!take_part(text, layout[++i], parts)) return false;
    } else if (layout[i] == ' ') {
      if (text.empty() || text.front() != ' ') return false;
      skip_blanks(text);
    } else {
      if (text.empty() || text.front() != layout[i]) return false;
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

bool is_day(int year, int month, int day) { return (std::chrono::year(year) / month / day).ok(); }

std::int64_t days_of(int year, int month, int day) {
  return std::chrono::sys_days(std::chrono::year(year) / month / day).time_since_epoch().count();
}

std::int64_t local_seconds(const Parts& parts, int year) {
  int hour = parts.hour;
  if (parts.is_half_day) hour = hour % 12 + (parts.is_afternoon ? 12 : 0);
  return days_of(year, parts.month.value_or(1), parts.day.value_or(1)) * 86'400 + hour * 3600 +
         parts.minute * 60 + parts.second;
}

int year_at(std::int64_t seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year());
}

std::optional<DateTime> date_in(const Parts& parts, int year, const DateRules& rules) {
  if (!is_day(year, parts.month.value_or(1), parts.day.value_or(1))) return std::nullopt;
  const std::int64_t local = local_seconds(parts, year);
  const std::optional<int> said = parts.offset_minutes ? parts.offset_minutes : rules.offset_minutes;
  const int offset = said ? *said : host_offset_minutes(local);
  return DateTime{local - offset * 60LL, parts.nanoseconds, offset};
}

std::optional<DateTime> date_of(Parts parts, const DateRules& rules) {
  if (parts.year) return date_in(parts, *parts.year, rules);
  // Only the time of day is said: today's.
  if (!parts.month) {
    const std::chrono::sys_seconds now{std::chrono::seconds(rules.now)};
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    parts.month = static_cast<int>(static_cast<unsigned>(today.month()));
    parts.day = static_cast<int>(static_cast<unsigned>(today.day()));
    return date_in(parts, static_cast<int>(today.year()), rules);
  }
  std::optional<DateTime> nearest;
  for (int year = year_at(rules.now) - 1; year <= year_at(rules.now) + 1; ++year) {
    const std::optional<DateTime> date = date_in(parts, year, rules);
    if (!date) continue;
    if (!nearest || std::abs(date->seconds - rules.now) < std::abs(nearest->seconds - rules.now))
      nearest = date;
  }
  return nearest;
}

std::string zone_text(int offset, bool has_colon) {
  const int minutes = std::abs(offset);
  std::string out(1, offset < 0 ? '-' : '+');
  for (const int number : {minutes / 60, minutes % 60}) {
    if (has_colon && out.size() == 3) out += ':';
    out += static_cast<char>('0' + number / 10);
    out += static_cast<char>('0' + number % 10);
  }
  return out;
}

std::string fraction_text(std::uint32_t nanoseconds) {
  if (nanoseconds == 0) return {};
  std::string text = fmt::format(".{:09}", nanoseconds);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string date_part(char letter, const DateTime& time) {
  using namespace std::chrono;
  const sys_seconds local{seconds(time.seconds + time.offset_minutes * 60LL)};
  const auto day = floor<days>(local);
  const year_month_day date(day);
  const hh_mm_ss<seconds> clock(local - day);
  const int year = static_cast<int>(date.year());
  const unsigned month = static_cast<unsigned>(date.month());
  const long hour = clock.hours().count();
  switch (letter) {
    case 'Y': return fmt::format("{:04}", year);
    case 'y': return fmt::format("{:02}", year % 100);
    case 'm': return fmt::format("{:02}", month);
    case 'b': return std::string(kMonths[month - 1].substr(0, 3));
    case 'd': return fmt::format("{:02}", static_cast<unsigned>(date.day()));
    case 'e': return fmt::format("{:2}", static_cast<unsigned>(date.day()));
    case 'H': return fmt::format("{:02}", hour);
    case 'I': return fmt::format("{:02}", (hour + 11) % 12 + 1);
    case 'p': return hour < 12 ? "AM" : "PM";
    case 'M': return fmt::format("{:02}", clock.minutes().count());
    case 'S': return fmt::format("{:02}{}", clock.seconds().count(), fraction_text(time.nanoseconds));
    case 'a': return std::string(kDays[weekday(day).c_encoding()].substr(0, 3));
    case 'z': return zone_text(time.offset_minutes, false);
    case 'Z': return time.offset_minutes == 0 ? "UTC" : zone_text(time.offset_minutes, false);
    default: return {};
  }
}

}  // namespace

std::optional<DateTime> parse_date(std::string_view text, std::string_view layout, const DateRules& rules) {
  Parts parts;
  if (!take_parts(text, layout, parts)) return std::nullopt;
  return date_of(parts, rules);
}

std::optional<DateTime> parse_any_date(std::string_view text, const DateRules& rules) {
  for (const std::string_view layout : kLayouts)
    if (const std::optional<DateTime> date = parse_date(text, layout, rules)) return date;
  return std::nullopt;
}

std::string format_date(const DateTime& time, std::string_view layout) {
  std::string out;
  for (std::size_t i = 0; i < layout.size(); ++i) {
    if (layout[i] == '%' && i + 1 < layout.size())
      out += date_part(layout[++i], time);
    else
      out += layout[i];
  }
  return out;
}

std::string to_rfc3339(const DateTime& time) {
  using namespace std::chrono;
  const sys_seconds local{seconds(time.seconds + time.offset_minutes * 60LL)};
  const auto day = floor<days>(local);
  const year_month_day date(day);
  const auto of_day = static_cast<unsigned>((local - day).count());
  std::string out = "0000-00-00T00:00:00";
  const auto put = [&out](std::size_t at, std::size_t size, unsigned number) {
    for (; size > 0; number /= 10) out[at + --size] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, of_day / 3600);
  put(14, 2, of_day / 60 % 60);
  put(17, 2, of_day % 60);
  if (time.nanoseconds != 0) out += fraction_text(time.nanoseconds);
  return out + (time.offset_minutes == 0 ? "Z" : zone_text(time.offset_minutes, true));
}

std::string layout_of_go(std::string_view text) {
  // Longer ones first.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kNames{{
      {"January", "%b"}, {"Monday", "%a"}, {"-07:00", "%z"}, {"Z07:00", "%z"}, {"-0700", "%z"},
      {"Z0700", "%z"},   {"2006", "%Y"},   {"Jan", "%b"},    {"Mon", "%a"},    {"MST", "%Z"},
      {"-07", "%z"},     {"01", "%m"},     {"02", "%d"},     {"03", "%I"},     {"04", "%M"},
      {"05", "%S"},      {"06", "%y"},     {"15", "%H"},     {"_2", "%e"},     {"PM", "%p"},
      {"pm", "%p"},      {"1", "%m"},      {"2", "%e"},      {"3", "%I"},      {"5", "%S"},
  }};
  if (text.find('%') != std::string_view::npos) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const auto found =
        std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return text.starts_with(n.first); });
    const bool is_fraction =
        text.size() > 1 && (text[0] == '.' || text[0] == ',') && (text[1] == '0' || text[1] == '9');
    if (found != kNames.end()) {
      out += found->second;
      text.remove_prefix(found->first.size());
    } else if (is_fraction && out.ends_with("%S")) {
      text.remove_prefix(std::min(text.find_first_not_of(text[1], 1), text.size()));
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return out;
}

DateTime from_unix_time(std::int64_t number) {
  // Seconds up to the year 5138, then milli-, micro- and nanoseconds.
  constexpr std::int64_t kFewest = 100'000'000'000;
  std::int64_t in_second = 1;
  for (std::int64_t size = std::abs(number / kFewest); size > 0 && in_second < 1'000'000'000; size /= 1000)
    in_second *= 1000;
  const std::int64_t seconds = number >= 0 ? number / in_second : -((-number + in_second - 1) / in_second);
  const auto rest = static_cast<std::uint32_t>(number - seconds * in_second);
  return {seconds, rest * static_cast<std::uint32_t>(1'000'000'000 / in_second), 0};
}

}  // namespace logkit
