#include "agent/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "agent/wire/values.hpp"
#include "base/journal_stream.hpp"
#include "base/log_file.hpp"
#include "base/log_redaction.hpp"

namespace agent::log {
namespace {

using Clock = LogFile::Clock;

struct LevelNames {
  Level level;
  std::string_view word;
  std::string_view tag;
  std::string_view priority;  // syslog(3), as sd-daemon(3) wants it before a line
};
constexpr LevelNames kLevels[] = {
    {Level::debug, "debug", "[DEBUG]", "<7>"},
    {Level::info, "info", "[INFO]", "<6>"},
    {Level::warn, "warn", "[WARNING]", "<4>"},
    {Level::error, "error", "[ERROR]", "<3>"},
};

const LevelNames& names_of(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

struct Line {
  Clock::time_point time;
  Level level;
  std::string_view text;
};

#ifdef _WIN32
constexpr std::string_view kLineEnd = "\r\n";
#else
constexpr std::string_view kLineEnd = "\n";
#endif

// "2026/03/01 08:30:00 [INFO]text", with the line end. Not thread-safe.
class TextFormat {
 public:
  std::string operator()(const Line& line) {
    const std::time_t second = Clock::to_time_t(line.time);
    if (second != second_ || prefix_.empty()) {
      second_ = second;
      prefix_ = fmt::format("{:%Y/%m/%d %H:%M:%S} ", fmt::localtime(second));
    }
    return fmt::format("{}{}{}{}", prefix_, names_of(line.level).tag, escape_controls(line.text), kLineEnd);
  }

 private:
  std::time_t second_ = 0;
  std::string prefix_;
};

std::string json_line(const Line& line) {
  json::Writer json;
  json.begin_object();
  json.key("time").string(wire::to_string(wire::Time::from(line.time)));
  json.key("level").string(names_of(line.level).word);
  json.key("msg").string(line.text);
  json.end_object();
  return json.take().append(kLineEnd);
}

// "<6>[INFO]text": the journal has the time already. A JSON line stays whole, its readers want their own.
std::string journal_line(const Line& line, Format format) {
  const LevelNames& names = names_of(line.level);
  const std::string text = format == Format::json
                               ? json_line(line)
                               : fmt::format("{}{}{}", names.tag, escape_controls(line.text), kLineEnd);
  return std::string(names.priority) + text;
}

// Where lines go: a stream of this process, a LogFile, both or neither. Any thread.
class Output {
 public:
  Output(std::FILE* stream, Format format)
      : stream_(stream), format_(format), is_journal_(goes_to_journal(stream)) {}

  void open_file(const Options& options) { file_.emplace(options, Clock::now()); }

  // What does not fit on the disk is counted in `lost`, and reported once there is room.
  void write(const Line& line, std::atomic<std::uint64_t>& lost) {
    const std::lock_guard lock(mutex_);
    if (is_journal_) write_to_stream(journal_line(line, format_));
    if (is_journal_ && !file_) return;
    const std::string text = formatted(line);
    if (stream_ != nullptr && !is_journal_) write_to_stream(text);
    if (file_ && !write_to_file(line, text)) lost.fetch_add(1, std::memory_order_relaxed);
  }

  void flush() {
    const std::lock_guard lock(mutex_);
    if (file_) file_->sync();
  }
  void reopen() {
    const std::lock_guard lock(mutex_);
    if (file_) file_->reopen();
  }
  std::vector<std::string> files() {
    const std::lock_guard lock(mutex_);
    return file_ ? file_->files() : std::vector<std::string>();
  }

 private:
  std::string formatted(const Line& line) {
    return format_ == Format::json ? json_line(line) : as_text_(line);
  }

  void write_to_stream(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream_);
    std::fflush(stream_);
  }

  bool write_to_file(const Line& line, const std::string& text) {
    if (gap_ > 0) {
      const std::string words = fmt::format("{} log lines were lost: {}", gap_, std::strerror(reason_));
      if (try_to_write(formatted({line.time, Level::warn, words}), line.time)) gap_ = 0;
    }
    if (try_to_write(text, line.time)) return true;
    reason_ = errno;
    ++gap_;
    return false;
  }

  // A rotation may throw; whoever logs is never told.
  bool try_to_write(const std::string& text, Clock::time_point time) {
    try {
      return file_->write(text, time);
    } catch (const std::exception&) {
      return false;
    }
  }

  std::mutex mutex_;  // guards what follows
  std::FILE* const stream_;
  const Format format_;
  const bool is_journal_;
  TextFormat as_text_;
  std::optional<LogFile> file_;
  std::uint64_t gap_ = 0;  // lines lost since the last one that was written
  int reason_ = 0;
};

// The log of this process. Never destroyed, so that threads may log until the very end.
struct Log {
  std::shared_mutex mutex;  // guards the next one
  std::shared_ptr<Output> output = std::make_shared<Output>(stderr, Format::text);
  std::atomic<Level> level{Level::info};
  std::atomic<std::uint64_t> lost{0};
  Redaction redaction;
};

Log& the_log() {
  static Log& log = *new Log;
  return log;
}

// It may be written to while another one takes its place.
std::shared_ptr<Output> current() {
  Log& log = the_log();
  const std::shared_lock lock(log.mutex);
  return log.output;
}

// As originals read it: any other word means info.
Level level_from_environment(Level otherwise) {
  const char* const word = std::getenv("JKFRAME_LOG_LEVEL");
  if (!word || !*word) return otherwise;
  for (const LevelNames& names : kLevels) {
    if (names.word == word) return names.level;
  }
  return Level::info;
}

}  // namespace

void open(const Options& options) {
  Log& log = the_log();
  auto output = std::make_shared<Output>(options.to_stdout ? stdout : nullptr, options.format);
  if (options.to_file) output->open_file(options);
  use_level(options.level);
  const std::unique_lock lock(log.mutex);
  log.output = std::move(output);
}

void set_level(Level level) { the_log().level.store(level, std::memory_order_relaxed); }
void use_level(Level level) { set_level(level_from_environment(level)); }

void reopen() { current()->reopen(); }

Level level() { return the_log().level.load(std::memory_order_relaxed); }
bool enabled(Level wanted) { return wanted >= level(); }

Level parse_level(std::string_view text) {
  for (const LevelNames& names : kLevels) {
    if (names.word == text) return names.level;
  }
  throw Error(Errc::bad_config,
              fmt::format("'{}' is not a log level; accepted are debug, info, warn, error", text));
}

void hide(std::string_view secret) { the_log().redaction.hide(secret); }

std::vector<std::string> files() { return current()->files(); }

void write(Level wanted, std::string_view text) {
  Log& log = the_log();
  const std::string shown = log.redaction.apply(text);
  current()->write({Clock::now(), wanted, shown}, log.lost);
}

void flush() { current()->flush(); }

std::uint64_t lost_lines() { return the_log().lost.load(std::memory_order_relaxed); }

}  // namespace agent::log

namespace agent {

std::string without_secrets(std::string_view text) { return log::the_log().redaction.apply(text); }

}  // namespace agent
