// AppendFile: a file that only grows. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agent {

class AppendFile {
 public:
  AppendFile() = default;
  ~AppendFile() { close(); }
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // Makes the file when it is missing, with mode 0640 whatever the umask; one that exists is narrowed to it.
  // False with errno set when it cannot be opened.
  bool open(const std::string& path);
  void close();
  bool is_open() const { return file_ >= 0; }

  // How many bytes were written; fewer than all with errno set when the disk is full.
  std::size_t write(std::string_view data);
  void sync();
  std::uint64_t size() const;

 private:
  int file_ = -1;
};

}  // namespace agent
