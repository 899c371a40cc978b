// FileHandle: owns an open file of the operating system and closes it.
#pragma once

#include <cstdint>

namespace agent::host {

class FileHandle {
 public:
  explicit FileHandle(std::intptr_t value) : value_(value) {}
  ~FileHandle();
  FileHandle(const FileHandle&) = delete;
  FileHandle& operator=(const FileHandle&) = delete;

  int descriptor() const { return static_cast<int>(value_); }

 private:
  std::intptr_t value_;
};

}  // namespace agent::host
