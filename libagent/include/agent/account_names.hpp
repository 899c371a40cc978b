// Names of users and groups by their numbers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace agent {

// AccountNames: ids to names, each asked for once, so that a listing costs one question for each owner. Make
// a new one after some minutes, to see accounts that were added. Not thread-safe.
//
// Asks the system, which may wait for a directory service (LDAP) that does not answer.
class AccountNames {
 public:
  // With another root than "/", names come from <root>/etc/passwd and <root>/etc/group alone, at most 4 MiB
  // of each: the accounts of the host, for a container in which its root is mounted.
  explicit AccountNames(std::filesystem::path root = "/");

  // The login name (never the full name), "" when the system knows none. Valid as long as this object.
  const std::string& user(std::uint32_t id);
  const std::string& group(std::uint32_t id);

 private:
  using Names = std::map<std::uint32_t, std::string>;

  bool reads_files() const { return root_ != "/"; }

  std::filesystem::path root_;
  Names users_;
  Names groups_;
};

}  // namespace agent
