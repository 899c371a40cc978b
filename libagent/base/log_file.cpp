#include "base/log_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>

#include "agent/error.hpp"
#include "base/directory.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

// Commands and paths stand in logs.
constexpr unsigned kDirectoryMode = 0750;

std::string local_date(LogFile::Clock::time_point time) {
  return fmt::format("{:%Y%m%d}", fmt::localtime(LogFile::Clock::to_time_t(time)));
}

// The number of "<name>.log.<n>", 0 for other files.
std::uint64_t rotated_number(std::string_view file, std::string_view name) {
  const std::string prefix = fmt::format("{}.log.", name);
  if (!file.starts_with(prefix)) return 0;
  file.remove_prefix(prefix.size());
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(file.data(), file.data() + file.size(), number);
  return code == std::errc{} && end == file.data() + file.size() ? number : 0;
}

// The date of "<name>_<YYYYMMDD>.log", "" for other files.
std::string rotated_date(std::string_view file, std::string_view name) {
  const bool framed = file.size() == name.size() + 13 && file.starts_with(name) && file.ends_with(".log") &&
                      file[name.size()] == '_';
  if (!framed) return {};
  std::string date(file.substr(name.size() + 1, 8));
  return date.find_first_not_of("0123456789") == std::string::npos ? date : std::string();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;  // a directory that is gone has no files
  for (const auto& entry : fs::directory_iterator(folder, ignored))
    names.push_back(entry.path().filename().string());
  return names;
}

std::vector<std::uint64_t> rotated_numbers(const log::Options& options) {
  std::vector<std::uint64_t> numbers;
  for (const std::string& file : names_in(options.dir)) {
    if (const std::uint64_t number = rotated_number(file, options.name)) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  return numbers;
}

std::vector<std::string> rotated_dates(const log::Options& options) {
  std::vector<std::string> dates;
  for (const std::string& file : names_in(options.dir)) {
    if (std::string date = rotated_date(file, options.name); !date.empty()) dates.push_back(std::move(date));
  }
  std::sort(dates.begin(), dates.end(), std::greater<>());
  return dates;
}

LogFile::Clock::time_point last_write(const std::string& path, LogFile::Clock::time_point otherwise) {
  std::error_code failed;
  const auto time = fs::last_write_time(path, failed);
  if (failed) return otherwise;
  return std::chrono::time_point_cast<LogFile::Clock::duration>(std::chrono::file_clock::to_sys(time));
}

}  // namespace

LogFile::LogFile(const log::Options& options, Clock::time_point now)
    : options_(options), rotate_at_(options.size) {
  options_.rotate = std::max(options_.rotate, 1);
  date_ = local_date(last_write(path(".log"), now));
  open();
  set_day(now);
}

void LogFile::open() {
  make_directories(options_.dir, kDirectoryMode);
  if (!file_.open(path(".log"))) throw system_error("open " + path(".log"), errno);
  size_ = file_.size();
}

void LogFile::reopen() {
  open();
  rotate_at_ = options_.size;
  torn_ = false;
}

void LogFile::make_room(std::size_t size, Clock::time_point now) {
  if (is_due(size, now)) rotate(now);
}

std::optional<AppendFile::Place> LogFile::place() {
  if (!file_.is_open() && !file_.open(path(".log"))) return std::nullopt;
  return file_.place();
}

std::size_t LogFile::append(std::string_view lines) {
  const std::size_t written = file_.write(lines);
  size_ += written;
  return written;
}

bool LogFile::write(std::string_view line, Clock::time_point now) {
  make_room(line.size(), now);
  if (!file_.is_open() && !file_.open(path(".log"))) return false;
  if (torn_) {
    if (file_.write("\n") != 1) return false;
    torn_ = false;
    ++size_;
  }
  const std::size_t written = file_.write(line);
  size_ += written;
  torn_ = written > 0 && written < line.size();
  return written == line.size();
}

bool LogFile::is_due(std::size_t more, Clock::time_point now) const {
  if (options_.rotation == log::Rotation::size) return size_ > 0 && size_ + more > rotate_at_;
  if (now >= day_begin_ && now < day_end_) return date_ != local_date(day_begin_) && size_ > 0;
  return true;
}

void LogFile::rotate(Clock::time_point now) {
  file_.close();
  if (options_.rotation == log::Rotation::size) {
    rotate_by_size();
  } else {
    rotate_by_date(now);
  }
  if (file_.open(path(".log"))) {
    size_ = file_.size();
    rotate_at_ = size_ + options_.size;  // after a failed rename: not again at every line
  }
}

void LogFile::rotate_by_size() {
  std::vector<std::uint64_t> numbers = rotated_numbers(options_);
  const std::uint64_t next = numbers.empty() ? 1 : numbers.front() + 1;
  std::error_code ignored;  // what cannot be removed or renamed is tried again at the next rotation
  while (numbers.size() >= static_cast<std::size_t>(options_.rotate)) {
    fs::remove(path(fmt::format(".log.{}", numbers.back())), ignored);
    numbers.pop_back();
  }
  fs::rename(path(".log"), path(fmt::format(".log.{}", next)), ignored);
}

void LogFile::rotate_by_date(Clock::time_point now) {
  set_day(now);
  const std::string today = local_date(now);
  const std::string rotated = path(fmt::format("_{}.log", date_));
  std::error_code ignored;
  const bool keep = date_ == today || size_ == 0 || fs::exists(rotated, ignored);  // never overwrite a day
  if (!keep) fs::rename(path(".log"), rotated, ignored);
  date_ = today;

  const std::string oldest = local_date(now - std::chrono::hours(24) * options_.rotate);
  for (const std::string& date : rotated_dates(options_)) {
    if (date < oldest) fs::remove(path(fmt::format("_{}.log", date)), ignored);
  }
}

void LogFile::set_day(Clock::time_point now) {
  std::tm day = fmt::localtime(Clock::to_time_t(now));
  day.tm_hour = day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  day_begin_ = Clock::from_time_t(std::mktime(&day));
  day.tm_mday += 1;
  day.tm_isdst = -1;
  day_end_ = Clock::from_time_t(std::mktime(&day));
}

std::vector<std::string> LogFile::files() const {
  std::vector<std::string> all{path(".log")};
  for (const std::uint64_t number : rotated_numbers(options_))
    all.push_back(path(fmt::format(".log.{}", number)));
  for (const std::string& date : rotated_dates(options_)) all.push_back(path(fmt::format("_{}.log", date)));
  return all;
}

std::string LogFile::path(std::string_view suffix) const {
  return (fs::path(options_.dir) / fmt::format("{}{}", options_.name, suffix)).string();
}

}  // namespace agent
