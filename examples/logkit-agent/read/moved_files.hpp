// Where a file went that is not where it was: looked for in its directory. These functions block.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint.hpp"

namespace logkit {

// The file of that inode among those of the directory; "": it is not there.
std::string find_inode(const std::string& directory, std::uint64_t inode, bool& is_readable);
// The compressed files of a directory, by their names, sorted.
std::vector<std::string> find_packed(const std::string& directory);

// What the path leads to is the file of the position: its inode, and its beginning as far as that is to be
// seen.
bool is_in_place(const std::string& path, const FilePosition& position);
// Where it is: under its name or under another one of its directory; "": it is gone.
std::string path_now(const FilePosition& position);

// The paths are of one log: the same directory, and the same name but for its numbers and for what a
// compression adds. "a.log" is of one log with "a.log.2.gz", "a.log-20261130.zst" and "a-20261130.log.gz".
// The log: what the paths of one have in common.
std::string log_of(std::string_view path);
bool are_of_one_log(std::string_view a, std::string_view b);
// A compressed file whose text begins so may be a copy of the position's file. A beginning of less than a
// kilobyte says so only of one log; of a file that was empty then, which has no beginning to compare, only
// the times say so: its copy, which has its time, was changed later.
struct CopyFacts {
  std::string path;
  std::string head;              // the text's first kilobyte
  std::int64_t modified_ns = 0;  // since 1970
};
bool may_be_copy_of(const FilePosition& position, const CopyFacts& copy);

// CopySearch: finds compressed files that may be copies of files that are gone. It looks at each once.
class CopySearch {
 public:
  // In the position's directory.
  std::set<std::string> find(const FilePosition& position);

 private:
  const std::vector<CopyFacts>& candidates(const std::string& directory);

  std::map<std::string, std::vector<CopyFacts>> candidates_;
};

}  // namespace logkit
