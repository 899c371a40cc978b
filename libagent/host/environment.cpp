#include "host/environment.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

extern char** environ;  // of POSIX; no header has to declare it

namespace agent::host {
namespace {

std::string key_of(const std::string& entry) { return entry.substr(0, entry.find('=')); }

}  // namespace

std::vector<std::string> own_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) entries.emplace_back(*entry);
  return entries;
}

std::vector<std::string> merge_environment(std::vector<std::string> entries,
                                           const std::vector<std::string>& added) {
  entries.insert(entries.end(), added.begin(), added.end());
  std::vector<std::string> merged;
  std::unordered_map<std::string, std::size_t> places;
  for (std::string& entry : entries) {
    const auto [place, is_new] = places.emplace(key_of(entry), merged.size());
    if (is_new) {
      merged.push_back(std::move(entry));
    } else {
      merged[place->second] = std::move(entry);
    }
  }
  return merged;
}

std::string_view value_of(const std::vector<std::string>& environment, std::string_view key) {
  for (std::string_view entry : environment) {
    if (entry.size() > key.size() && entry.starts_with(key) && entry[key.size()] == '=')
      return entry.substr(key.size() + 1);
  }
  return {};
}

}  // namespace agent::host
