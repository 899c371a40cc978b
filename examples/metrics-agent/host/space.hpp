// Space: how full one file system is (statvfs). Blocks for as long as its server is silent.
#pragma once

#include <cstdint>
#include <string>

#include "file_systems.hpp"

namespace host {

// Bytes and inodes, as df(1) counts them.
struct Space {
  std::uint64_t total = 0;
  std::uint64_t used = 0;       // total less what is free for root
  std::uint64_t available = 0;  // for users: less than total - used where blocks are reserved
  std::uint64_t inodes = 0;     // 0 for those that have no fixed number
  std::uint64_t inodes_free = 0;

  double percent() const;  // of what users may fill: used / (used + available), 0 to 100
  double inodes_percent() const;
  std::uint64_t inodes_used() const { return inodes - inodes_free; }
};

// The answer of one file system.
struct Measured {
  enum class Kind {
    space,
    hidden,  // none of its places leads to it: something else is there
    file,    // the only things mounted are single files, such as /etc/hosts of a container
    failed
  };
  Kind kind = Kind::failed;
  Space space{};
  std::size_t place = 0;  // the number of the place that was looked at
  std::string problem{};  // "Permission denied"
};

// Asks the first of its places that is a directory of that file system. `prefix` is the machine's root, "" or
// "/host". Wakes no disk: the kernel knows the answer.
Measured measure_space(const std::string& prefix, const FileSystem& system);

}  // namespace host
