// InputFile: a regular file that is open for reading. Its functions block.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace logkit {

// Device and inode: a file, as long as the machine runs and the file is open.
struct FileKey {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileKey&) const = default;
};

struct FileFacts {
  FileKey key;
  std::uint64_t size = 0;        // bytes
  std::int64_t modified_ns = 0;  // since 1970
  std::uint64_t links = 0;       // names that it has
  bool is_regular = false;
  bool is_directory = false;
};

class PackedText;

// Looks at what the path leads to. False: nothing is there, or it cannot be looked at; errno says why.
bool look_at(const std::string& path, FileFacts& facts);

class InputFile {
 public:
  InputFile() = default;
  // Opens the file without waiting for anything: a FIFO, a device or a directory is refused. Throws
  // Errc::not_found, denied, wrong_type and io, and Errc::too_many when there are no descriptors left.
  explicit InputFile(const std::string& path);
  ~InputFile() { close(); }
  InputFile(InputFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        path_(std::move(other.path_)),
        text_(std::move(other.text_)) {}
  InputFile& operator=(InputFile&& other) noexcept;

  bool is_open() const { return descriptor_ >= 0; }
  void close();
  // Where the file is, links resolved; as it was when it was opened.
  const std::string& path() const { return path_; }
  // Throws Errc::io.
  FileFacts facts() const;
  // The bytes from `offset` on, as many as fit or are there. Throws Errc::io.
  std::size_t read_at(std::uint64_t offset, std::span<char> bytes) const;

  // From here on facts().size and read_at() are those of the text that is compressed in the file. The text
  // only goes forward: see PackedText::read_at().
  void read_as(std::shared_ptr<PackedText> text) { text_ = std::move(text); }
  // Nothing: the file is read as it is.
  const PackedText* packed() const { return text_.get(); }
  // The bytes of the file itself, in any case.
  std::size_t read_raw(std::uint64_t offset, std::span<char> bytes) const;

 private:
  int descriptor_ = -1;
  std::string path_;
  std::shared_ptr<PackedText> text_;
};

// What names the file system of a file beyond the next start of the machine: "uuid:…" of its device, or else
// where it is mounted, "mount:/var/log"; "" when nothing is known. Answers are kept for each device.
std::string file_system_name(const std::string& path, std::uint64_t device);

}  // namespace logkit
