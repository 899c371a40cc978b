#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

#include "agent/error.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

// An entry with more text or a user in more groups than this is no entry.
constexpr std::size_t kMaxEntry = 1024 * 1024;
constexpr int kMaxGroups = 65536;  // Linux, NGROUPS_MAX

// The entry, whose texts are in `buffer`. `ask` is getpwnam_r or getpwuid_r but for its key. Throws as
// find_user does.
template <class Ask>
passwd find_entry(const std::string& name, std::string& buffer, Ask ask) {
  passwd entry{};
  passwd* found = nullptr;
  for (buffer.resize(4096); buffer.size() <= kMaxEntry; buffer.resize(2 * buffer.size())) {
    const int failed = ask(&entry, buffer.data(), buffer.size(), &found);
    if (failed == ERANGE || failed == EINTR) continue;
    if (found != nullptr) return entry;
    if (failed != 0 && failed != ENOENT && failed != ESRCH) throw system_error("user " + name, failed);
    throw Error(Errc::not_found, "unknown user " + name);
  }
  throw Error(Errc::io, "user " + name + ": the entry is too long");
}

std::vector<std::uint32_t> groups_of(const std::string& name, gid_t group) {
  int count = 64;
  std::vector<std::uint32_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(name.c_str(), group, groups.data(), &count) < 0) {  // count: how many there are
    if (count > kMaxGroups) throw Error(Errc::io, "user " + name + ": too many groups");
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

UserAccount account_of(const passwd& entry) {
  return {.name = entry.pw_name,
          .home = entry.pw_dir,
          .shell = entry.pw_shell,
          .id = entry.pw_uid,
          .group = entry.pw_gid,
          .groups = {}};
}

}  // namespace

UserAccount find_user(const std::string& name) {
  std::string buffer;
  const passwd entry =
      find_entry(name, buffer, [&name](auto... out) { return ::getpwnam_r(name.c_str(), out...); });
  UserAccount user = account_of(entry);
  user.groups = groups_of(name, entry.pw_gid);
  return user;
}

std::optional<UserAccount> find_account(std::uint32_t id) {
  try {
    std::string buffer;
    const passwd entry =
        find_entry(std::to_string(id), buffer, [id](auto... out) { return ::getpwuid_r(id, out...); });
    return account_of(entry);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> environment_of(const UserAccount& user) {
  return {"HOME=" + user.home, "USER=" + user.name, "LOGNAME=" + user.name,
          "SHELL=" + (user.shell.empty() ? std::string("/bin/sh") : user.shell)};
}

std::string_view login_path(std::uint32_t user) {
  return user == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                   : "/usr/local/bin:/usr/bin:/bin";
}

bool become(const UserAccount& user) {
  return ::setgroups(user.groups.size(), user.groups.data()) == 0 &&
         ::setresgid(user.group, user.group, user.group) == 0 && ::setresuid(user.id, user.id, user.id) == 0;
}

bool is_root() { return ::geteuid() == 0; }

}  // namespace agent::host
