// AppendFile: a file that only grows. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace agent {

class AppendFile {
 public:
  // Makes the file when it is missing, with mode 0640 whatever the umask; one that exists is narrowed to it.
  // False with errno set when it cannot be opened.
  bool open(const std::string& path);
  void close() { file_.close(); }
  bool is_open() const { return file_.is_open(); }

  // How many bytes were written; fewer than all with errno set when the disk is full.
  std::size_t write(std::string_view data) { return file_.write_some(data); }
  void sync();
  std::uint64_t size() const;

  // Which file of the machine it is, and its size. nullopt with errno set when that cannot be known.
  struct Place {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
  };
  std::optional<Place> place() const;

 private:
  FileHandle file_;
};

}  // namespace agent
