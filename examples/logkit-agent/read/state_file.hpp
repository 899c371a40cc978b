// StateFile: a small file that is only appended to or replaced as a whole. Its functions block.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace logkit {

// New content for a file that others may read at any moment: they get the old one or the new one. Makes its
// directory (0700). Throws Errc::io.
void replace_file(const std::string& path, std::string_view content);
// The same, and returns once it is on the disk.
void replace_file_synced(const std::string& path, std::string_view content);

class StateFile {
 public:
  // Opens the file for appending, or makes it; its directory, too (0700). Throws Errc::io.
  explicit StateFile(std::string path);
  ~StateFile() { close(); }
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // Throws Errc::io; a part of the text may be there then, and nothing is appended behind it but a line end
  // first.
  void append(std::string_view text);
  // Returns once everything is on the disk. Throws Errc::io.
  void sync();
  // The file under its name is still this one.
  bool is_in_place() const;
  // New content for the file, all or nothing; `old_path`: the name that the old content gets. Throws
  // Errc::io; the file is as it was then.
  void replace(std::string_view content, const std::string& old_path);

  std::uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  void open();
  void close();

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  bool is_torn_ = false;  // the last line may have no end
};

}  // namespace logkit
