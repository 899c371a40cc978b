#include "agent/account_names.hpp"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/error.hpp"
#include "host/account_ids.hpp"
#include "host/proc_text.hpp"

namespace agent {
namespace host {
namespace {

// An entry with more text than this is no entry.
constexpr std::size_t kMaxEntry = 1024 * 1024;

// One question to the user database: `ask` is getpwnam_r and the like. nullopt when there is no such entry.
template <class Entry, class Key, class Ask, class Take>
auto find_entry(const char* what, Key key, Ask ask, Take take) -> std::optional<decltype(take(Entry{}))> {
  std::string buffer;
  for (buffer.resize(4096); buffer.size() <= kMaxEntry; buffer.resize(2 * buffer.size())) {
    Entry entry{};
    Entry* found = nullptr;
    const int failed = ask(key, &entry, buffer.data(), buffer.size(), &found);
    if (failed == ERANGE || failed == EINTR) continue;
    if (found != nullptr) return take(entry);
    if (failed == 0 || failed == ENOENT || failed == ESRCH) return std::nullopt;
    throw system_error(what, failed);
  }
  throw Error(Errc::io, std::string(what) + ": the entry is too long");
}

// From a file with "name:password:number:…" in each line.
std::map<std::uint32_t, std::string> read_names(const std::filesystem::path& file) {
  std::map<std::uint32_t, std::string> names;
  for_each_field(read_text(file), ':', [&names](std::string_view name, std::string_view rest) {
    const std::string_view number = rest.substr(std::min(rest.find(':'), rest.size()));
    if (number.size() < 2 || number[1] < '0' || number[1] > '9' || name.starts_with('#')) return;
    names.try_emplace(static_cast<std::uint32_t>(leading_number(number.substr(1))), name);
  });
  return names;
}

// Listings go on without a name that the database does not give.
template <class Find>
std::string name_or_nothing(Find find) {
  try {
    return find().value_or(std::string());
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

std::uint32_t user_id(const std::string& name, std::uint32_t& group) {
  struct Ids {
    uid_t user;
    gid_t group;
  };
  const auto ids = find_entry<passwd>("user", name.c_str(), ::getpwnam_r, [](const passwd& entry) {
    return Ids{entry.pw_uid, entry.pw_gid};
  });
  if (!ids) throw Error(Errc::not_found, "unknown user " + name);
  group = ids->group;
  return ids->user;
}

std::uint32_t group_id(const std::string& name) {
  const auto id = find_entry<::group>("group", name.c_str(), ::getgrnam_r,
                                      [](const ::group& entry) { return entry.gr_gid; });
  if (!id) throw Error(Errc::not_found, "unknown group " + name);
  return *id;
}

}  // namespace host

using host::find_entry;
using host::name_or_nothing;

AccountNames::AccountNames(std::filesystem::path root) : root_(std::move(root)) {
  if (!reads_files()) return;
  users_ = host::read_names(root_ / "etc/passwd");
  groups_ = host::read_names(root_ / "etc/group");
}

const std::string& AccountNames::user(std::uint32_t id) {
  auto [place, is_new] = users_.try_emplace(id);
  if (is_new && !reads_files()) {
    place->second = name_or_nothing([id] {
      return find_entry<passwd>("user", id, ::getpwuid_r,
                                [](const passwd& entry) { return std::string(entry.pw_name); });
    });
  }
  return place->second;
}

const std::string& AccountNames::group(std::uint32_t id) {
  auto [place, is_new] = groups_.try_emplace(id);
  if (is_new && !reads_files()) {
    place->second = name_or_nothing([id] {
      return find_entry<::group>("group", id, ::getgrgid_r,
                                 [](const ::group& entry) { return std::string(entry.gr_name); });
    });
  }
  return place->second;
}

}  // namespace agent
