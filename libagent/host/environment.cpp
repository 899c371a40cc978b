#include "host/environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/own_environment.hpp"

namespace agent::host {
namespace {

std::string_view key_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

constexpr std::string_view kSettings = "LIBAGENT_";
constexpr std::array<std::string_view, 17> kOurs{"JKFRAME_LOG_LEVEL",
                                                 "CREDENTIALS_DIRECTORY",
                                                 "STATE_DIRECTORY",
                                                 "RUNTIME_DIRECTORY",
                                                 "CACHE_DIRECTORY",
                                                 "LOGS_DIRECTORY",
                                                 "CONFIGURATION_DIRECTORY",
                                                 "INVOCATION_ID",
                                                 "JOURNAL_STREAM",
                                                 "LISTEN_FDNAMES",
                                                 "LISTEN_FDS",
                                                 "LISTEN_PID",
                                                 "MAINPID",
                                                 "MANAGERPID",
                                                 "NOTIFY_SOCKET",
                                                 "WATCHDOG_PID",
                                                 "WATCHDOG_USEC"};

bool is_ours(std::string_view entry) {
  const std::string_view key = key_of(entry);
  return key.starts_with(kSettings) || std::find(kOurs.begin(), kOurs.end(), key) != kOurs.end();
}

}  // namespace

Entries inherited_environment() {
  Entries entries;
  for (const char* const* entry = own_environment(); *entry != nullptr; ++entry) {
    if (!is_ours(*entry)) entries.push_back(*entry);
  }
  return entries;
}

bool has_key(const Entries& entries, std::string_view key) {
  return std::any_of(entries.begin(), entries.end(),
                     [key](std::string_view entry) { return key_of(entry) == key; });
}

Entries merge_environment(const Entries& entries, const std::vector<std::string>& added) {
  struct Last {
    const char* entry;
    bool is_placed = false;
  };
  std::unordered_map<std::string_view, Last> last;
  for (const std::string& entry : added) last[key_of(entry)] = {entry.c_str()};
  Entries merged;
  merged.reserve(entries.size() + added.size());
  auto place = [&merged](Last& over) {
    if (!std::exchange(over.is_placed, true)) merged.push_back(over.entry);
  };
  for (const char* entry : entries) {
    const auto over = last.find(key_of(entry));
    if (over == last.end()) {
      merged.push_back(entry);
    } else {
      place(over->second);
    }
  }
  for (const std::string& entry : added) place(last[key_of(entry)]);
  return merged;
}

}  // namespace agent::host
