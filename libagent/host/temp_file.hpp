// TempFile: a file without a name that only this process can open; gone when it is destroyed or the
// process ends, however that ends. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace agent::host {

class TempFile {
 public:
  // Made in `directory`; "" = TMPDIR, or else /tmp. Throws Errc::io.
  explicit TempFile(const std::filesystem::path& directory = {});

  // Writes all of it at `offset` or throws Errc::io, such as when the disk is full.
  void write(std::uint64_t offset, std::string_view bytes);

  std::uint64_t size() const { return size_; }

  // `count` bytes from `offset` on, fewer only at the end. Throws Errc::io.
  std::string read(std::uint64_t offset, std::size_t count) const;

 private:
  FileHandle handle_;
  std::uint64_t size_ = 0;
};

}  // namespace agent::host
