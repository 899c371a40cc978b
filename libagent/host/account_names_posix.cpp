#include "host/account_names.hpp"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <optional>

#include "agent/error.hpp"

namespace agent::host {
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

const std::string& AccountNames::user(std::uint32_t id) {
  auto [place, is_new] = users_.try_emplace(id);
  if (is_new) {
    place->second = name_or_nothing([id] {
      return find_entry<passwd>("user", id, ::getpwuid_r,
                                [](const passwd& entry) { return std::string(entry.pw_name); });
    });
  }
  return place->second;
}

const std::string& AccountNames::group(std::uint32_t id) {
  auto [place, is_new] = groups_.try_emplace(id);
  if (is_new) {
    place->second = name_or_nothing([id] {
      return find_entry<::group>("group", id, ::getgrgid_r,
                                 [](const ::group& entry) { return std::string(entry.gr_name); });
    });
  }
  return place->second;
}

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

}  // namespace agent::host
