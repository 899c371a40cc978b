// FileHandle: an open file of the operating system, closed with the object.
//
// Its functions block. Those at an offset may run on any threads at once, the others one at a time. What an
// interrupt or a short count breaks off is continued. They throw Errc::io with the file's name and the
// system's reason: "write /var/x: No space left on device". Those that end with "some" do not throw: they
// return how many bytes they did, and errno is why they were not all, 0 at the end of the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace agent {

class FileHandle {
 public:
  FileHandle() = default;  // no file
  // Takes over what the system gave. `name`: of the file, for errors.
  explicit FileHandle(std::intptr_t value, std::string name = {}) : value_(value), name_(std::move(name)) {}
  ~FileHandle() { close(); }
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;

  bool is_open() const { return value_ >= 0; }
  int descriptor() const { return static_cast<int>(value_); }
  const std::string& name() const { return name_; }

  // False, with errno set, when the system tells only now that something could not be written.
  bool close();

  // ---- at the file's position

  // The next bytes, at most as many as fit; 0 at the end.
  std::size_t read(std::span<char> bytes) const;
  // All of them.
  void write(std::string_view bytes) const;
  std::size_t write_some(std::string_view bytes) const;

  // ---- at an offset

  // As many as fit, fewer only at the end of the file.
  std::size_t read_at(std::uint64_t offset, std::span<char> bytes) const;
  // `count` bytes, fewer only at the end of the file.
  std::string read_at(std::uint64_t offset, std::size_t count) const;
  std::size_t read_some_at(std::uint64_t offset, std::span<char> bytes) const;
  // All of them.
  void write_at(std::uint64_t offset, std::string_view bytes) const;
  std::size_t write_some_at(std::uint64_t offset, std::string_view bytes) const;

  // ---- the file

  // Returns once the content is on the disk.
  void sync() const;
  std::uint64_t size() const;  // bytes

 private:
  [[noreturn]] void fail(std::string_view verb) const;

  std::intptr_t value_ = -1;
  std::string name_;
};

}  // namespace agent
