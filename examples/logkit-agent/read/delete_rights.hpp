// DeleteRights: where the program may delete files that it has read. Nowhere, unless somebody allows it.
#pragma once

#include <string>
#include <vector>

#include "entry_files.hpp"

namespace logkit {

class DeleteRights {
 public:
  DeleteRights() = default;  // none at all
  explicit DeleteRights(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  bool allows_any() const { return !directories_.empty(); }
  // Deletes the file, if it is below one of the directories, links resolved, has its path, is no link itself,
  // has one name, and is as it was: its inode, its size and its last change. Whoever swaps the path, or a
  // directory of it, at any moment has nothing else deleted: the file gets a name of ours first, and its own
  // back if it is another one. Blocks. Throws Errc::denied, Errc::not_found when it is not there as it was,
  // and Errc::io.
  void remove(const EntryFile& file) const;

 private:
  std::vector<std::string> directories_;
};

}  // namespace logkit
