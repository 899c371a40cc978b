// RegularFile: an existing file opened for reading: a regular one, never reached through a link.
//
// The way to open a file whose name came from elsewhere; a FIFO or a device in its place neither blocks
// nor is read. (Links in the directories above are followed: they are the administrator's.) Not
// thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/file_handle.hpp"

namespace agent::host {

struct FileFacts {
  std::uint64_t size = 0;  // bytes
  std::chrono::system_clock::time_point modified;
};

// Facts of the regular file of that name; nullopt when there is none or it is a link.
std::optional<FileFacts> regular_file_facts(const std::string& path);

class RegularFile {
 public:
  // Throws Errc::not_found when it does not exist or is not a regular file, Errc::io for the rest.
  explicit RegularFile(const std::string& path);

  // As it was when opened.
  const FileFacts& facts() const { return facts_; }

  // The next bytes, as many as fit; 0 at the end. Throws Errc::io.
  std::size_t read(std::span<char> buffer) { return handle_.read(buffer); }

 private:
  FileHandle handle_;
  FileFacts facts_;
};

}  // namespace agent::host
