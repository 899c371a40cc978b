#include "base/glob.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace agent {
namespace {

namespace fs = std::filesystem;

// "[a-c]" or "[^x]" at the front of `pattern`: whether it takes `c`, and the pattern behind it.
std::optional<bool> match_set(std::string_view& pattern, char c) {
  const std::size_t end = pattern.find(']', 2);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view set = pattern.substr(1, end - 1);
  pattern.remove_prefix(end + 1);
  const bool negated = set.starts_with('^') || set.starts_with('!');
  if (negated) set.remove_prefix(1);
  bool found = false;
  while (!set.empty()) {
    const bool range = set.size() > 2 && set[1] == '-';
    found = found || (range ? set[0] <= c && c <= set[2] : set[0] == c);
    set.remove_prefix(range ? 3 : 1);
  }
  return found != negated;
}

// One step without '*': whether the front of `pattern` takes `c`.
bool match_one(std::string_view& pattern, char c) {
  if (pattern.empty()) return false;
  if (pattern[0] == '[') return c != '/' && match_set(pattern, c).value_or(false);
  const bool same = pattern[0] == '?' ? c != '/' : pattern[0] == c;
  pattern.remove_prefix(1);
  return same;
}

std::vector<fs::path> expand(const std::vector<fs::path>& folders, const std::string& part) {
  std::vector<fs::path> found;
  std::error_code ignored;  // what cannot be listed has no files for us
  for (const fs::path& folder : folders) {
    if (!is_glob(part)) {
      if (fs::exists(folder / part, ignored)) found.push_back(folder / part);
      continue;
    }
    const fs::path listed = folder.empty() ? fs::path(".") : folder;
    for (const auto& entry : fs::directory_iterator(listed, ignored)) {
      const fs::path name = entry.path().filename();
      if (glob_match(part, name.string())) found.push_back(folder / name);
    }
  }
  return found;
}

}  // namespace

bool is_glob(std::string_view pattern) { return pattern.find_first_of("*?[") != std::string_view::npos; }

bool glob_match(std::string_view pattern, std::string_view name) {
  std::string_view after_star;  // pattern behind the last '*', and the name where it was tried
  std::string_view tried;
  bool starred = false;
  while (true) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      tried = name;
      starred = true;
    } else if (name.empty()) {
      return pattern.empty();
    } else if (match_one(pattern, name[0])) {
      name.remove_prefix(1);
    } else if (starred && !tried.empty() && tried[0] != '/') {
      tried.remove_prefix(1);
      name = tried;
      pattern = after_star;
    } else {
      return false;
    }
  }
}

std::vector<std::string> glob(const std::string& pattern) {
  const fs::path path(pattern);
  std::vector<fs::path> found{path.root_path()};
  for (const fs::path& part : path.relative_path()) found = expand(found, part.string());
  std::vector<std::string> names;
  for (const fs::path& match : found) names.push_back(match.string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace agent
