// StoredFile: a file without a name in a directory of the server, gone with the object or the process.
//
// Its functions block: they run on the pool. Two may run at once when they touch different bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace server {

class StoredFile {
 public:
  // Throws Errc::io.
  explicit StoredFile(const std::string& directory);

  // All of it, or Errc::io, such as when the disk is full.
  void write(std::uint64_t offset, std::string_view bytes);
  // `count` bytes from `offset`, which must be there. Throws Errc::io.
  std::string read(std::uint64_t offset, std::size_t count) const;

 private:
  agent::FileHandle file_;
};

}  // namespace server
