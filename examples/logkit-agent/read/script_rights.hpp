// ScriptRights: which programs a runner's configuration may name. Whoever writes runners must not become
// whoever runs this program, so that they can only choose among what an administrator has put into certain
// directories.
#pragma once

#include <string>
#include <vector>

namespace logkit {

class ScriptRights {
 public:
  ScriptRights() = default;  // none at all
  explicit ScriptRights(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  bool allows_any() const { return !directories_.empty(); }
  // Where the program is, links resolved: a regular file below one of the directories, which, like every
  // directory on the way to it, belongs to root or to this program's user and can be written to by nobody
  // else. Looks at the disk. Throws Errc::denied, and Errc::not_found.
  std::string check(const std::string& path) const;

 private:
  std::vector<std::string> directories_;
};

}  // namespace logkit
