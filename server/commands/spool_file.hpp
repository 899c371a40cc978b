// SpoolFile: the output of one command on disk. Blocks; threads of the pool. One writer, any number of
// readers.
//
// A header of 64 bytes says how much of what follows counts: bytes that a crash left behind it were never
// acknowledged and come again. Not synced: it survives the end of this process, not that of the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_handle.hpp"

namespace server {

// How far the output has come.
struct SpoolMark {
  std::uint64_t kept = 0;   // bytes in the file
  std::uint64_t total = 0;  // bytes that the command wrote; more than `kept` when it was cut
  std::uint64_t seq = 0;    // number of the last message within (docs/wire.md, capability ack)
};

class SpoolFile {
 public:
  // Makes the file (0600). Throws Errc::io.
  static SpoolFile create(const std::string& path);
  // What an earlier process left; nullopt when there is none or it is none of ours.
  static std::optional<SpoolFile> open(const std::string& path);

  const SpoolMark& mark() const { return mark_; }

  // Appends behind mark().kept, then makes `total` and `seq` count. Throws Errc::io; mark() is as before
  // then.
  void append(std::string_view bytes, std::uint64_t total, std::uint64_t seq);

  // `count` bytes from `offset` on; fewer at the end of the file. Throws Errc::io.
  std::string read(std::uint64_t offset, std::size_t count) const;

 private:
  explicit SpoolFile(agent::FileHandle file) : file_(std::move(file)) {}

  agent::FileHandle file_;
  SpoolMark mark_;
};

}  // namespace server
