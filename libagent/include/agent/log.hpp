// Log: leveled text to stdout, a file, or both.
//
// One log per process, opened by main() and usable from any thread; before open() lines go to stderr.
// Lines never contain a registered secret (hide) nor what follows "Bearer ", "password=", "token=" and
// the like. Control characters are escaped, so that a text from a peer cannot forge a line.
//
// Text lines are `2026/03/01 08:30:00 [INFO]text` in local time, as originals write them; JSON lines are
// {"time":"2026-03-01T00:30:00.25Z","level":"info","msg":"text"}. In systemd's journal: <6>[INFO]text
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agent::log {

// Ascending: a level shows its own lines and those of all levels behind it.
enum class Level { debug, info, warn, error };
// When a log file is put aside: at a size, or when the local date changes.
enum class Rotation { size, date };
enum class Format { text, json };

// The key log.* of a configuration (agent/config.hpp).
struct Options {
  bool to_stdout = true;
  bool to_file = false;
  std::string dir{};   // of the log files, made when missing (0755)
  std::string name{};  // files are <dir>/<name>.log, <name>.log.<n> (highest newest), <name>_<YYYYMMDD>.log
  std::uint64_t size = 10'000'000;  // bytes at which a file is rotated
  int rotate = 7;                   // rotated files that are kept (by date: days), at least 1
  Rotation rotation = Rotation::size;
  Format format = Format::text;
  Level level = Level::info;  // JKFRAME_LOG_LEVEL=debug|info|warn|error wins
};

// Where lines go from now on. Throws Errc::io when the directory or the file cannot be made; the log is then
// as it was before.
void open(const Options& options);
// For whoever has the last word, such as a test.
void set_level(Level level);
// For a configuration that was read again: JKFRAME_LOG_LEVEL wins, as with open().
void use_level(Level level);
// Lines go to a file of the configured name from now on, which is made when it is missing: whoever rotates
// log files has moved the old one. Throws Errc::io; the next line tries again then.
void reopen();
Level level();
// Whether a line of that level would be written; for what is expensive to put into words.
bool enabled(Level level);
// "debug", "info", "warn" or "error". Throws Errc::bad_config naming the accepted words.
Level parse_level(std::string_view text);

// This text will be "***" in every line from now on. Ignored when shorter than 4 characters.
void hide(std::string_view secret);

// The current file and its rotated ones, full paths; empty without a file.
std::vector<std::string> files();

// Writes one line. Prefer the functions below. Never throws because of a full disk: see lost_lines().
void write(Level level, std::string_view text);
// Waits until what was written is on the disk.
void flush();
// Lines that could not be written to the file since the start, for example because the disk was full.
std::uint64_t lost_lines();

// One line, as fmt formats it: agent::log::info("{} of {} files sent", sent, count). The format is checked
// when it is compiled. Nothing is formatted for a level that is not shown.
template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::debug)) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::info)) write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::warn)) write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::error)) write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace agent::log
