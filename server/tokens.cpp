#include "tokens.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/digest.hpp"
#include "base/read_file.hpp"
#include "base/trim.hpp"

namespace server {

using agent::Errc;
using agent::Error;

namespace {

// Thousands of tokens; a larger file is another file by mistake.
constexpr std::size_t kFileLimit = 1024 * 1024;

void check_mode(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;  // reading it says why
  if ((status.st_mode & S_IRWXO) != 0) {
    throw Error(Errc::bad_config, path + ": others may read or change it; want mode 0600 or 0640");
  }
}

}  // namespace

Tokens::Tokens(std::string path) : path_(std::move(path)) { reload(); }

std::optional<std::string> Tokens::name_of(std::string_view token) const {
  std::shared_ptr<const Entries> entries;
  {
    std::lock_guard lock(mutex_);
    entries = entries_;
  }
  const Entry* found = nullptr;  // all are compared, also after a match
  for (const Entry& entry : *entries) {
    if (agent::equal_constant_time(entry.token, token)) found = &entry;
  }
  return found ? std::optional(found->name) : std::nullopt;
}

void Tokens::reload() {
  auto entries = std::make_shared<const Entries>(path_.empty() ? Entries{} : load(path_));
  std::lock_guard lock(mutex_);
  entries_.swap(entries);
}

Tokens::Entries Tokens::load(const std::string& path) {
  check_mode(path);
  Entries entries = parse(agent::read_file(path, kFileLimit), path);
  if (entries.empty()) throw Error(Errc::bad_config, path + ": no token in it; want lines of `name token`");
  for (const Entry& entry : entries) agent::log::hide(entry.token);
  return entries;
}

Tokens::Entries Tokens::parse(std::string_view text, const std::string& path) {
  Entries entries;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = agent::trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const std::string_view name = line.substr(0, line.find_first_of(" \t"));
    const std::string_view token = agent::trim(line.substr(name.size()));
    if (token.empty() || token.find_first_of(" \t") != std::string_view::npos) {
      throw Error(Errc::bad_config, fmt::format("{}: line {}: want `name token`", path, number));
    }
    entries.push_back({std::string(name), std::string(token)});
  }
  return entries;
}

}  // namespace server
