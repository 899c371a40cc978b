// LocalTree: files that come from a machine, written below one directory of this one and nowhere else: no
// link is followed on the way down, whoever made it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace agentctl {

// A file that is being written beside its name, and takes it once it is whole. Destroyed before, it leaves
// nothing.
class ArrivingFile {
 public:
  // `mode`: permissions, less what the umask takes; no more than these. Throws Errc::io when it cannot be
  // made, and for a name that a directory has, or a device, pipe or socket. A file of that name is replaced,
  // a link too.
  ArrivingFile(agent::FileHandle directory, std::string name, unsigned mode);
  ~ArrivingFile();
  ArrivingFile(const ArrivingFile&) = delete;
  ArrivingFile& operator=(const ArrivingFile&) = delete;

  void write(std::string_view bytes);
  // Nothing has been written.
  void begin_again();
  std::uint64_t size() const { return size_; }
  // Throws Errc::io.
  void arrive();

 private:
  agent::FileHandle directory_;
  const std::string name_;
  const std::string part_;
  agent::FileHandle file_;
  std::uint64_t size_ = 0;
  bool has_arrived_ = false;
};

class LocalTree {
 public:
  // An existing directory. Throws Errc::io.
  explicit LocalTree(const std::string& root);

  // Names of single files, one below the other. Throws Errc::io for what is there and no directory, a link to
  // one included.
  LocalTree enter(const std::string& name) const;
  agent::FileHandle directory() const;

 private:
  LocalTree(agent::FileHandle directory, std::string path);

  agent::FileHandle directory_;
  std::string path_;
};

}  // namespace agentctl
