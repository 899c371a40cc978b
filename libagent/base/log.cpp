#include "agent/log.hpp"

#include <fmt/chrono.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "agent/wire/values.hpp"
#include "base/log_file.hpp"
#include "base/log_redaction.hpp"

namespace agent::log {
namespace {

struct LevelNames {
  Level level;
  spdlog::level::level_enum spdlog_level;
  std::string_view word;
  std::string_view tag;
};
constexpr LevelNames kLevels[] = {
    {Level::debug, spdlog::level::debug, "debug", "[DEBUG]"},
    {Level::info, spdlog::level::info, "info", "[INFO]"},
    {Level::warn, spdlog::level::warn, "warn", "[WARNING]"},
    {Level::error, spdlog::level::err, "error", "[ERROR]"},
};

const LevelNames& names_of(spdlog::level::level_enum level) {
  for (const LevelNames& names : kLevels) {
    if (names.spdlog_level == level) return names;
  }
  return kLevels[1];
}

#ifdef _WIN32
constexpr std::string_view kLineEnd = "\r\n";
#else
constexpr std::string_view kLineEnd = "\n";
#endif

// "2026/03/01 08:30:00 [INFO]text"
class TextFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    const std::time_t second = spdlog::log_clock::to_time_t(line.time);
    if (second != second_ || prefix_.empty()) {
      second_ = second;
      prefix_ = fmt::format("{:%Y/%m/%d %H:%M:%S} ", fmt::localtime(second));
    }
    const std::string text = escape_controls({line.payload.data(), line.payload.size()});
    for (std::string_view part :
         {std::string_view(prefix_), names_of(line.level).tag, std::string_view(text), kLineEnd})
      out.append(part.data(), part.data() + part.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }

 private:
  std::time_t second_ = 0;
  std::string prefix_;
};

class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    json::Writer json;
    json.begin_object();
    json.key("time").string(wire::to_string(wire::Time::from(line.time)));
    json.key("level").string(names_of(line.level).word);
    json.key("msg").string({line.payload.data(), line.payload.size()});
    json.end_object();
    const std::string text = json.take();
    out.append(text.data(), text.data() + text.size());
    out.append(kLineEnd.data(), kLineEnd.data() + kLineEnd.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

std::unique_ptr<spdlog::formatter> make_formatter(Format format) {
  if (format == Format::json) return std::make_unique<JsonFormatter>();
  return std::make_unique<TextFormatter>();
}

// Writes to a LogFile; lines that do not fit on the disk are counted and reported once there is room.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  FileSink(const Options& options, std::atomic<std::uint64_t>& lost)
      : file_(options, LogFile::Clock::now()), lost_(lost) {}

  std::vector<std::string> files() {
    const std::lock_guard lock(mutex_);
    return file_.files();
  }
  void reopen() {
    const std::lock_guard lock(mutex_);
    file_.reopen();
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (gap_ > 0 && write(gap_line(line))) gap_ = 0;
    if (write(line)) return;
    reason_ = errno;
    ++gap_;
    lost_.fetch_add(1, std::memory_order_relaxed);
  }
  void flush_() override { file_.sync(); }

 private:
  bool write(const spdlog::details::log_msg& line) {
    spdlog::memory_buf_t text;
    formatter_->format(line, text);
    return file_.write({text.data(), text.size()}, line.time);
  }

  spdlog::details::log_msg gap_line(const spdlog::details::log_msg& line) {
    gap_text_ = fmt::format("{} log lines were lost: {}", gap_, std::strerror(reason_));
    return {line.time, {}, {}, spdlog::level::warn, gap_text_};
  }

  LogFile file_;
  std::atomic<std::uint64_t>& lost_;
  std::uint64_t gap_ = 0;  // lines lost since the last one that was written
  int reason_ = 0;
  std::string gap_text_;
};

std::shared_ptr<spdlog::logger> make_logger(std::vector<spdlog::sink_ptr> sinks, Format format) {
  auto logger = std::make_shared<spdlog::logger>("agent", sinks.begin(), sinks.end());
  logger->set_level(spdlog::level::trace);  // enabled() decides
  logger->set_formatter(make_formatter(format));
  return logger;
}

// The log of this process. Never destroyed, so that threads may log until the very end.
struct Log {
  std::shared_mutex mutex;  // guards the next two
  std::shared_ptr<spdlog::logger> logger =
      make_logger({std::make_shared<spdlog::sinks::stderr_sink_mt>()}, Format::text);
  std::shared_ptr<FileSink> file;
  std::atomic<Level> level{Level::info};
  std::atomic<std::uint64_t> lost{0};
  Redaction redaction;
};

Log& the_log() {
  static Log& log = *new Log;
  return log;
}

std::shared_ptr<spdlog::logger> current() {
  Log& log = the_log();
  const std::shared_lock lock(log.mutex);
  return log.logger;
}

std::shared_ptr<FileSink> current_file() {
  Log& log = the_log();
  const std::shared_lock lock(log.mutex);
  return log.file;
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
  std::vector<spdlog::sink_ptr> sinks;
  std::shared_ptr<FileSink> file;
  if (options.to_stdout) sinks.push_back(std::make_shared<spdlog::sinks::stdout_sink_mt>());
  if (options.to_file) sinks.push_back(file = std::make_shared<FileSink>(options, log.lost));
  auto logger = make_logger(std::move(sinks), options.format);
  use_level(options.level);
  const std::unique_lock lock(log.mutex);
  log.logger = std::move(logger);
  log.file = std::move(file);
}

void set_level(Level level) { the_log().level.store(level, std::memory_order_relaxed); }
void use_level(Level level) { set_level(level_from_environment(level)); }

void reopen() {
  if (const auto file = current_file()) file->reopen();
}

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

std::vector<std::string> files() {
  const auto file = current_file();
  return file ? file->files() : std::vector<std::string>();
}

void write(Level wanted, std::string_view text) {
  const std::string line = the_log().redaction.apply(text);
  current()->log(kLevels[static_cast<std::size_t>(wanted)].spdlog_level, spdlog::string_view_t(line));
}

void flush() { current()->flush(); }

std::uint64_t lost_lines() { return the_log().lost.load(std::memory_order_relaxed); }

}  // namespace agent::log
