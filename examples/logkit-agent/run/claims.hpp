// Claim: which files a runner still needs, for those that would delete them.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "examples/logkit-agent/read/entry_files.hpp"
#include "examples/logkit-agent/read/file_source.hpp"

namespace logkit {

class Claim {
 public:
  // A runner that runs needs what its reader covers now, and what `entries` know, until that is finished.
  Claim(const FileSource& source, const std::vector<EntryFile>& entries);
  // One that does not run needs everything in the directories that its reader looks at.
  explicit Claim(const FileSource& source);
  // One that nothing is known of needs everything.
  static Claim of_all();

  bool needs(const EntryFile& file) const;

 private:
  Claim() = default;

  std::unordered_multimap<std::uint64_t, EntryFile> entries_;  // by inode
  std::set<FileKey> covered_;
  std::set<std::string> directories_;  // links resolved
  bool needs_all_ = false;             // it cannot be told
};

}  // namespace logkit
