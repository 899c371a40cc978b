#include "own_files.hpp"

#include <agent/log.hpp>
#include <algorithm>
#include <filesystem>

#include "path_pattern.hpp"

namespace logkit {
namespace {

bool is_below(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.starts_with(directory) && path[directory.size()] == '/';
}

bool contains(const std::vector<FileKey>& keys, const FileKey& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_log_of_ours(const FileKey& key) {
  for (const std::string& path : agent::log::files()) {
    FileFacts facts;
    if (look_at(path, facts) && facts.key == key) return true;
  }
  return false;
}

}  // namespace

void OwnFiles::add_directory(const std::string& path, std::string what) {
  std::error_code error;
  const std::string resolved = std::filesystem::weakly_canonical(path, error).string();
  const std::lock_guard lock(mutex_);
  directories_[error ? path : resolved] = std::move(what);
  ++additions_;
}

void OwnFiles::add_file(const FileKey& key, std::string what) {
  const std::lock_guard lock(mutex_);
  files_[key] = std::move(what);
  ++additions_;
}

void OwnFiles::remove_file(const FileKey& key) {
  const std::lock_guard lock(mutex_);
  files_.erase(key);
}

std::uint64_t OwnFiles::add_paths(const std::string& pattern, std::string what) {
  Paths paths{pattern, std::move(what), {}};
  for (const std::string& path : expand_pattern(pattern)) {
    FileFacts facts;
    if (look_at(path, facts) && facts.is_regular) paths.found.push_back(facts.key);
  }
  const std::lock_guard lock(mutex_);
  paths_[next_paths_] = std::move(paths);
  ++additions_;
  return next_paths_++;
}

void OwnFiles::remove_paths(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  paths_.erase(number);
}

std::string OwnFiles::what_is(const std::string& path, const FileKey& key) const {
  if (is_log_of_ours(key)) return "the log of this program";
  const std::lock_guard lock(mutex_);
  if (const auto found = files_.find(key); found != files_.end()) return found->second;
  for (const auto& [directory, what] : directories_)
    if (is_below(path, directory)) return what;
  for (const auto& [number, paths] : paths_)
    if (matches_pattern(paths.pattern, path) || contains(paths.found, key)) return paths.what;
  return {};
}

}  // namespace logkit
