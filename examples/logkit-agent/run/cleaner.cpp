#include "cleaner.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <string>

#include "examples/logkit-agent/read/moved_files.hpp"

namespace logkit {
namespace {

// A file that was put aside a moment ago may still be written to by who has it open.
constexpr std::chrono::minutes kQuiet{10};

using Newest = std::map<std::string, std::int64_t>;

std::string log_of_file(const EntryFile& file, const FileSource& source) {
  return source.has_streams() ? std::filesystem::path(file.path).parent_path().string() : log_of(file.path);
}

// The last change of each log.
Newest find_newest(const std::vector<EntryFile>& files, const FileSource& source) {
  Newest newest;
  for (const EntryFile& file : files) {
    if (file.path.empty()) continue;
    std::int64_t& last = newest.try_emplace(log_of_file(file, source), file.modified_ns).first->second;
    last = std::max(last, file.modified_ns);
  }
  return newest;
}

bool is_live(const EntryFile& file, const FileSource& source, const Newest& newest) {
  if (source.mode == ReadMode::file && file.path == source.log_path) return true;
  return file.modified_ns >= newest.at(log_of_file(file, source));
}

bool is_newer(const EntryFile& a, const EntryFile& b) {
  return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.path > b.path;
}

bool has_expired(const EntryFile& file, const FileSource& source, std::int64_t now_ns) {
  return source.expire_delete.count() > 0 && now_ns - file.modified_ns >= source.expire_delete.count();
}

}  // namespace

CleanerOptions read_cleaner_options(const RunnerConfig& config) {
  CleanerOptions options;
  const PartOptions& given = config.cleaner;
  options.is_enabled = given.flag("delete_enable", false);
  options.interval = given.duration("delete_interval", options.interval);
  options.interval = std::max<std::chrono::nanoseconds>(options.interval, std::chrono::seconds(1));
  options.reserved_files = given.number("reserve_file_number", options.reserved_files, 0, 1'000'000'000);
  options.reserved_bytes = given.number("reserve_file_size", options.reserved_bytes >> 20, 0, 1ULL << 40)
                           << 20;
  return options;
}

bool deletes_any(const CleanerOptions& options, const FileSource& source) {
  return options.is_enabled || source.expire_delete.count() > 0;
}

std::vector<EntryFile> choose_files(const std::vector<EntryFile>& files, const FileSource& source,
                                    const CleanerOptions& options, std::int64_t now_ns) {
  const Newest newest = find_newest(files, source);
  std::vector<EntryFile> done;
  std::ranges::copy_if(files, std::back_inserter(done),
                       [](const EntryFile& f) { return f.is_finished && !f.path.empty(); });
  std::ranges::sort(done, is_newer);
  std::vector<EntryFile> chosen;
  std::size_t kept = 0;
  std::uint64_t bytes = 0;
  for (const EntryFile& file : done) {
    const bool is_quiet = now_ns - file.modified_ns >= std::chrono::nanoseconds(kQuiet).count();
    bool is_beyond = false;
    if (!is_live(file, source, newest)) {
      bytes += file.size;
      ++kept;
      is_beyond = (options.reserved_files > 0 && kept > options.reserved_files) ||
                  (options.reserved_bytes > 0 && bytes > options.reserved_bytes);
    }
    if ((options.is_enabled && is_beyond && is_quiet) || has_expired(file, source, now_ns))
      chosen.push_back(file);
  }
  std::ranges::reverse(chosen);
  return chosen;
}

}  // namespace logkit
