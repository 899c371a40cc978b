// Where the files of a checkpoint's entries are now, and which of them are of no more use to their reader.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint.hpp"

namespace logkit {

struct EntryFile {
  std::string path;              // "": it is gone, or cannot be told
  FileKey key;                   // without a path its inode only
  std::uint64_t size = 0;        // bytes, of a compressed file as it lies on the disk
  std::int64_t modified_ns = 0;  // since 1970
  bool is_finished = false;      // all of it was delivered; never so for an empty file

  bool operator==(const EntryFile&) const = default;
};

// One for each entry. Blocks: every file is looked into.
std::vector<EntryFile> find_entry_files(const std::map<std::string, FilePosition>& positions);

}  // namespace logkit
