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
bool are_of_one_log(std::string_view a, std::string_view b);
// A text that begins so may be that of the position's file. A beginning of less than a kilobyte says so only
// of one log.
bool may_be_text_of(const FilePosition& position, std::string_view head, std::string_view path);

// CopySearch: finds compressed files that may be copies of files that are gone. It looks at each once.
class CopySearch {
 public:
  // In the position's directory.
  std::set<std::string> find(const FilePosition& position);

 private:
  struct Candidate {
    std::string path;
    std::string head;
  };
  const std::vector<Candidate>& candidates(const std::string& directory);

  std::map<std::string, std::vector<Candidate>> candidates_;
};

}  // namespace logkit
