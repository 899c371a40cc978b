#include "file_source.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <filesystem>

#include "path_pattern.hpp"
#include "unpacker.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kIgnoredSuffixes = ".pid,.swap,.go,.conf,.tar.gz,.tar,.zip,.a,.o,.so";
// Their bytes are no lines, and this program cannot unpack them.
constexpr std::array<std::string_view, 7> kArchives{".tar", ".tar.gz", ".tgz", ".tar.zst",
                                                    ".bz2", ".xz",     ".zip"};
constexpr std::array kModes{std::pair{std::string_view("dir"), ReadMode::dir},
                            std::pair{std::string_view("dirx"), ReadMode::dirx},
                            std::pair{std::string_view("file"), ReadMode::file},
                            std::pair{std::string_view("tailx"), ReadMode::tailx}};
constexpr std::string_view kAuto = "fileauto";
// A file that was not written to for so long is one of those that are rotated by name.
constexpr std::chrono::hours kOld{24};

bool is_archive(std::string_view path) {
  return std::any_of(kArchives.begin(), kArchives.end(),
                     [&](std::string_view end) { return path.ends_with(end); });
}

bool has_old_file(const std::string& directory) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::vector<std::string> paths = entries_of(directory);
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    FileFacts facts;
    return look_at(path, facts) && facts.is_regular &&
           now - std::chrono::nanoseconds(facts.modified_ns) > kOld;
  });
}

// What mode fileauto makes of a path, which it may change.
ReadMode mode_for(std::string& path) {
  std::error_code error;
  const bool is_directory = fs::is_directory(path, error);
  const bool is_pattern = has_pattern(path) && !fs::exists(path, error);
  if (is_pattern || packing_of(path) != Packing::none) return ReadMode::tailx;
  if (!is_directory && !path.ends_with('/')) return ReadMode::file;
  if (has_pattern(path) || has_old_file(path)) return ReadMode::dir;
  path += path.ends_with('/') ? "*" : "/*";
  return ReadMode::tailx;
}

ReadMode read_mode(const PartOptions& options, std::string& path) {
  const std::string word = options.text("mode", "dir");
  if (word == kAuto) return mode_for(path);
  std::vector<std::string_view> names{kAuto};
  for (const auto& [name, mode] : kModes) {
    if (name == word) return mode;
    names.push_back(name);
  }
  names.insert(names.end(), {"script", "socket", "stdin"});  // StreamSource
  std::sort(names.begin(), names.end());
  options.fail("mode: " + unknown_word(word, names));
}

void read_path(const PartOptions& options, FileSource& source) {
  std::string& path = source.log_path;
  path = options.required("log_path");
  if (!fs::path(path).is_absolute()) options.fail("log_path: '" + path + "' is no absolute path");
  source.mode = read_mode(options, path);
  const bool takes_pattern = source.mode == ReadMode::tailx || source.mode == ReadMode::dirx;
  if (!takes_pattern && has_pattern(path) && !fs::exists(path))
    options.fail("log_path: only modes tailx and dirx take a pattern");
  if (source.mode != ReadMode::dir && is_archive(path))
    options.fail("log_path: archives cannot be read by this program, only .gz and .zst");
  if (source.mode == ReadMode::tailx && path.ends_with('/'))
    options.fail("log_path: the pattern of mode tailx must name files, as /var/log/*.log does");
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
}

void refuse_missing(const PartOptions& options) {
  options.refuse("delimiter", "\n");
  options.refuse("tag_file");
  for (const char* flag : {"newfile_newline", "skip_first_line"}) options.refuse(flag, "false");
  options.ignore({"name", "runner_name", "meta_path", "reader_buf_size", "submeta_expire", "expire",
                  "read_same_inode", "inode_sensitive"});
}

}  // namespace

namespace {

void read_expiry(const PartOptions& options, FileSource& source) {
  if (!options.flag("expire_delete", false)) return;
  const bool is_tailx = source.mode == ReadMode::tailx;
  if (!is_tailx && source.mode != ReadMode::dirx)
    options.fail("expire_delete: only modes tailx and dirx have it");
  source.expire_delete =
      options.duration("expire", is_tailx ? std::chrono::hours(24) : std::chrono::hours(0));
  if (source.expire_delete < std::chrono::seconds(1))
    options.fail("expire_delete: it needs expire, the time without a change after which a file is deleted");
}

}  // namespace

FileSource read_file_source(const PartOptions& options, std::size_t max_line) {
  FileSource source;
  read_path(options, source);
  refuse_missing(options);
  source.from_newest = options.one_of("read_from", "oldest", {"oldest", "newest"}) == "newest";
  source.ignores_hidden = options.flag("ignore_hidden", true);
  source.ignored_suffixes = options.list("ignore_file_suffix", kIgnoredSuffixes);
  source.valid_pattern = options.text("valid_file_pattern", "*");
  source.ignored_paths = options.list("ignore_log_path");
  source.max_open = options.number("max_open_files", 4096, 1, 1'000'000);
  source.deleted.files = options.number("deleted_max_files", 0, 0, 1'000'000);
  source.deleted.bytes = options.number("deleted_max_bytes", 0, 0, UINT64_MAX);
  source.deleted.time = options.duration("deleted_max_time", {});
  source.scan_interval = options.duration("stat_interval", source.scan_interval);
  source.scan_interval = std::clamp<std::chrono::nanoseconds>(
      source.scan_interval, std::chrono::milliseconds(100), std::chrono::seconds(10));
  read_expiry(options, source);
  read_line_options(options, max_line, source);
  return source;
}

namespace {

bool is_wanted(const FileSource& source, const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  if (source.ignores_hidden && name.starts_with('.')) return false;
  const auto ends = [&](const std::string& suffix) { return name.ends_with(suffix); };
  if (std::any_of(source.ignored_suffixes.begin(), source.ignored_suffixes.end(), ends)) return false;
  if (is_archive(name) || !matches_pattern(source.valid_pattern, name)) return false;
  const auto matches = [&](const std::string& pattern) { return matches_pattern(pattern, path); };
  return std::none_of(source.ignored_paths.begin(), source.ignored_paths.end(), matches);
}

// Directories are not there: a log that is one would be an error each time.
std::vector<std::string> only_wanted(const FileSource& source, std::vector<std::string> paths) {
  std::erase_if(paths, [&](const std::string& path) {
    std::error_code error;
    return !is_wanted(source, path) || fs::is_directory(path, error);
  });
  return paths;
}

void sort_by_time(std::vector<std::string>& paths) {
  std::vector<std::pair<std::int64_t, std::string>> dated;
  for (std::string& path : paths) {
    FileFacts facts;
    if (look_at(path, facts)) dated.emplace_back(facts.modified_ns, std::move(path));
  }
  std::sort(dated.begin(), dated.end());
  paths.clear();
  for (auto& [time, path] : dated) paths.push_back(std::move(path));
}

// The files of a directory, the oldest first.
std::vector<std::string> find_in(const FileSource& source, const std::string& directory,
                                 std::string* why_not) {
  std::vector<std::string> paths = only_wanted(source, entries_of(directory, why_not));
  sort_by_time(paths);
  return paths;
}

// The directories whose files are a stream each.
std::vector<std::string> find_streams(const FileSource& source, std::string* why_not = nullptr) {
  if (source.mode == ReadMode::dir) return {source.log_path};
  std::vector<std::string> directories = expand_pattern(source.log_path, why_not);
  std::erase_if(directories, [&](const std::string& path) {
    std::error_code error;
    const auto matches = [&](const std::string& pattern) { return matches_pattern(pattern, path); };
    return !fs::is_directory(path, error) ||
           std::any_of(source.ignored_paths.begin(), source.ignored_paths.end(), matches);
  });
  return directories;
}

}  // namespace

std::vector<std::string> FileSource::find(std::string* why_not) const {
  if (mode == ReadMode::file) return {log_path};
  if (mode == ReadMode::tailx) return only_wanted(*this, expand_pattern(log_path, why_not));
  std::vector<std::string> paths;
  for (const std::string& directory : find_streams(*this, why_not))
    for (std::string& path : find_in(*this, directory, why_not)) paths.push_back(std::move(path));
  return paths;
}

std::vector<std::string> FileSource::directories() const {
  std::vector<std::string> found =
      mode == ReadMode::dir ? pattern_directories(log_path + "/*") : pattern_directories(log_path);
  // New directories appear beside these.
  if (mode == ReadMode::dirx)
    for (std::string& directory : find_streams(*this)) found.push_back(std::move(directory));
  return found;
}

}  // namespace logkit
