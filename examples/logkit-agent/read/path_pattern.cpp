#include "path_pattern.hpp"

#include <algorithm>
#include <filesystem>

namespace logkit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNone = std::string_view::npos;

// Whether `c` is in the set that begins behind '['; `size`: of the set with its brackets, 0 if it has no end.
bool is_in_set(std::string_view pattern, char c, std::size_t& size) {
  std::size_t at = 1;
  const bool is_not = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (is_not) ++at;
  bool found = false;
  for (bool is_first = true; at < pattern.size() && (is_first || pattern[at] != ']'); is_first = false) {
    const char low = pattern[at];
    const bool is_range = at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']';
    const char high = is_range ? pattern[at + 2] : low;
    found = found || (low <= c && c <= high);
    at += is_range ? 3 : 1;
  }
  size = at < pattern.size() ? at + 1 : 0;
  return found != is_not;
}

// Bytes of the pattern that match `c`, which is one character; 0: they do not.
std::size_t match_one(std::string_view pattern, char c) {
  if (pattern.empty()) return 0;
  if (pattern.front() == '?') return c == '/' ? 0 : 1;
  if (pattern.front() == '[') {
    std::size_t size = 0;
    const bool found = is_in_set(pattern, c, size);
    if (size > 0) return found && c != '/' ? size : 0;
  }
  return pattern.front() == c ? 1 : 0;
}

void expand(const fs::path& base, fs::path::iterator part, fs::path::iterator end,
            std::vector<std::string>& out, std::string* why_not) {
  std::error_code error;
  if (part == end) {
    if (fs::exists(fs::status(base, error))) out.push_back(base.string());
    return;
  }
  const std::string name = part->string();
  if (!has_pattern(name)) {
    expand(base / name, std::next(part), end, out, why_not);
    return;
  }
  for (const std::string& entry : entries_of(base.empty() ? "." : base.string(), why_not)) {
    const std::string found = fs::path(entry).filename().string();
    if (found.starts_with('.') && !name.starts_with('.')) continue;
    if (matches_pattern(name, found)) expand(base / found, std::next(part), end, out, why_not);
  }
}

}  // namespace

bool has_pattern(std::string_view path) { return path.find_first_of("*?[") != kNone; }

// Without recursion: upon a mismatch the last '*' takes one character more.
bool matches_pattern(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = kNone;
  std::size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (const std::size_t size = match_one(pattern.substr(p), name[n]); size > 0) {
      p += size;
      ++n;
    } else if (star != kNone && name[star_name] != '/') {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string> entries_of(const std::string& directory, std::string* why_not) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (const fs::directory_iterator none; !error && entry != none; entry.increment(error))
    paths.push_back(entry->path().string());
  const bool is_none =
      !error || error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
  if (!is_none && why_not != nullptr) *why_not = "read " + directory + ": " + error.message();
  return paths;
}

std::vector<std::string> expand_pattern(const std::string& pattern, std::string* why_not) {
  std::vector<std::string> out;
  const fs::path path(pattern);
  expand({}, path.begin(), path.end(), out, why_not);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> pattern_directories(const std::string& pattern) {
  fs::path directory = fs::path(pattern).parent_path();
  std::vector<std::string> found = expand_pattern(directory.string());
  std::error_code error;
  while (found.empty() && directory.has_parent_path() && directory != directory.parent_path()) {
    directory = directory.parent_path();
    if (!has_pattern(directory.string()) && fs::is_directory(directory, error)) found = {directory.string()};
  }
  return found;
}

}  // namespace logkit
