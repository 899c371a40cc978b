// OwnFiles: what this program writes itself, and must not read as logs: its log files, its checkpoints and
// queues, what its senders write. A line that it writes about a line would never end.
//
// Files are known by their identity, so that a link or another name changes nothing. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "input_file.hpp"

namespace logkit {

class OwnFiles {
 public:
  // `what`: for the refusal, "the output of sender 0 of runner nginx".
  void add_directory(const std::string& path, std::string what);
  void add_file(const FileKey& key, std::string what);
  void remove_file(const FileKey& key);
  // Files that are or will be written: `pattern` has an absolute path without links, and may have '*'. Those
  // that exist are known by their identity from here on, too. Returns a number for remove_paths().
  std::uint64_t add_paths(const std::string& pattern, std::string what);
  void remove_paths(std::uint64_t number);
  // Grows with each addition: what was not ours may be ours now.
  std::uint64_t additions() const { return additions_; }
  // What the file is; "" when it is not ours. `path`: absolute and without links.
  std::string what_is(const std::string& path, const FileKey& key) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> directories_;
  std::map<FileKey, std::string> files_;
  struct Paths {
    std::string pattern;
    std::string what;
    std::vector<FileKey> found;
  };
  std::map<std::uint64_t, Paths> paths_;
  std::uint64_t next_paths_ = 1;
  std::atomic<std::uint64_t> additions_{0};
};

}  // namespace logkit
