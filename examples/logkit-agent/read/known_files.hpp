// KnownFiles: which file is which: those of the checkpoint are known again by their inode, their file system
// and their first kilobyte. Belongs to its reader's thread; functions block.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkpoint.hpp"

namespace logkit {

class KnownFiles {
 public:
  struct Match {
    // Where to begin: where the file was read before, at the beginning of its next generation if it is not
    // what it was, or at the beginning of a new one.
    FilePosition position;
    bool is_known = false;
    bool is_truncated = false;
    std::vector<std::string> taken = {};  // ids of files that had this file's inode
  };

  explicit KnownFiles(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  // The checkpoint may have changed.
  void refresh();
  // An open file has the entry of that id, and no other file gets it.
  void open(const std::string& id) { open_.insert(id); }
  void close(const std::string& id) { open_.erase(id); }
  bool is_open(const std::string& id) const { return open_.contains(id); }

  Match recognize(const InputFile& file, const FileFacts& facts);

 private:
  void index();

  const Checkpoint& checkpoint_;
  std::unordered_multimap<std::uint64_t, std::string> by_inode_;  // ids of entries
  bool is_indexed_ = false;
  std::set<std::string> open_;
};

}  // namespace logkit
