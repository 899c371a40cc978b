#include "tokens.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
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

// What is wrong with the text behind a name, "" when nothing is. The token itself is not repeated.
std::string token_fault(std::string_view token) {
  if (token.empty() || token.find_first_of(" \t") != std::string_view::npos) return "want `name token`";
  // Every byte of a UTF-8 character but the first begins with the bits 10.
  const auto characters = static_cast<std::size_t>(
      std::count_if(token.begin(), token.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  if (characters >= kTokenMin) return {};
  return fmt::format("the token has {} characters, at least {} are wanted", characters, kTokenMin);
}

}  // namespace

std::string read_secret(const std::string& path) {
  check_mode(path);
  const std::string text = agent::read_file(path, kFileLimit);
  const std::string_view line = agent::trim(std::string_view(text).substr(0, text.find('\n')));
  if (line.empty()) throw Error(Errc::bad_config, path + ": its first line is empty; want the password");
  return std::string(line);
}

Tokens::Tokens(std::string path) : path_(std::move(path)) { reload(); }

std::optional<Grant> Tokens::grant_for(std::string_view token) const {
  std::shared_ptr<const Entries> entries;
  {
    std::lock_guard lock(mutex_);
    entries = entries_;
  }
  const Entry* found = nullptr;  // all are compared, also after a match
  for (const Entry& entry : *entries) {
    if (agent::equal_constant_time(entry.token, token)) found = &entry;
  }
  return found ? std::optional<Grant>(std::in_place, found->name, found->revoked) : std::nullopt;
}

Tokens::Entries Tokens::read() const { return path_.empty() ? Entries{} : load(path_); }

void Tokens::use(Entries entries) {
  const std::shared_ptr<const Entries> old = entries_;  // only this changes it
  if (old) keep_flags(*old, entries);
  const auto next = std::make_shared<const Entries>(std::move(entries));
  {
    std::lock_guard lock(mutex_);
    entries_ = next;
  }
  if (old) revoke_missing(*old, *next);
}

// A token that stays is not revoked, also when it changes its name.
void Tokens::keep_flags(const Entries& old, Entries& next) {
  std::unordered_map<std::string_view, const Entry*> known;
  for (const Entry& entry : old) known.emplace(entry.token, &entry);
  for (Entry& entry : next) {
    const auto found = known.find(entry.token);
    if (found != known.end()) entry.revoked = found->second->revoked;
  }
}

void Tokens::revoke_missing(const Entries& old, const Entries& next) {
  std::unordered_set<std::string_view> kept;
  for (const Entry& entry : next) kept.insert(entry.token);
  for (const Entry& entry : old) {
    if (!kept.contains(entry.token)) entry.revoked->store(true, std::memory_order_release);
  }
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
  std::unordered_map<std::string, std::string> names;  // by token
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = agent::trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    Entry entry;
    entry.name = line.substr(0, line.find_first_of(" \t"));
    entry.token = agent::trim(line.substr(entry.name.size()));
    entry.revoked = std::make_shared<Grant::Flag>(false);
    const std::string& name = names.try_emplace(entry.token, entry.name).first->second;
    const std::string fault = token_fault(entry.token);
    if (!fault.empty()) throw Error(Errc::bad_config, fmt::format("{}: line {}: {}", path, number, fault));
    if (name != entry.name) {
      throw Error(Errc::bad_config, fmt::format("{}: line {}: '{}' and '{}' have the same token", path,
                                                number, name, entry.name));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace server
