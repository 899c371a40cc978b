#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <cerrno>
#include <filesystem>

#include "script_rights.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;
using agent::Errc;
using agent::Error;

void check_owner(const std::string& path, bool is_file) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) throw agent::system_error("look at " + path, errno);
  if (is_file && !S_ISREG(facts.st_mode)) throw Error(Errc::denied, path + ": not a regular file");
  const bool is_ours = facts.st_uid == 0 || facts.st_uid == ::geteuid();
  if (!is_ours || (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    throw Error(Errc::denied, path + ": others than its owner, or than root, may change it");
}

bool is_below(const fs::path& path, const fs::path& directory) {
  const std::string prefix = directory == "/" ? "/" : directory.string() + "/";
  return path.string().starts_with(prefix);
}

}  // namespace

std::string ScriptRights::check(const std::string& path) const {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  if (error) throw Error(Errc::not_found, path + ": " + error.message());
  for (const std::string& name : directories_) {
    const fs::path directory = fs::canonical(name, error);
    if (error || !is_below(resolved, directory)) continue;
    check_owner(resolved.string(), true);
    for (fs::path at = resolved.parent_path();; at = at.parent_path()) {
      check_owner(at.string(), false);
      if (at == directory) return resolved.string();
    }
  }
  throw Error(Errc::denied, path + ": not below a directory of logkit.scripts");
}

}  // namespace logkit
