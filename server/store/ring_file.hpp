// RingFile: lines in a bounded ring in a mapped file, which the end of the process, however it comes, leaves
// whole: memory that is mapped from a file is the system's, and goes on without those who wrote it.
//
// Any number of threads put lines, one takes them. A crash of the machine, or a power cut, may take the last
// half minute; what such a crash has left half written is known by a checksum and is not given to anybody.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace server {

class RingFile {
 public:
  // A position counts bytes since the file was made; it only grows.
  using Position = std::uint64_t;

  // What is about to be written somewhere: lines from `at` on, to the file of this device and inode when it
  // had so many bytes. It tells after a kill how many of them got there.
  struct Intent {
    Position at = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
  };

  // Opens the file, or makes it (0600) with room for `capacity` bytes, which the disk then has set aside. A
  // file of another capacity keeps it. A file that is no ring, or one of another version, is moved to
  // `<path>.damaged`, and fault() says so. Throws Errc::io, or Errc::busy when somebody has it open.
  static std::unique_ptr<RingFile> open(const std::string& path, std::size_t capacity);
  // In memory alone, where no file can be had: it ends with the process.
  static std::unique_ptr<RingFile> in_memory(std::size_t capacity);
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  std::size_t capacity() const { return static_cast<std::size_t>(capacity_); }
  // Why the file that was there is not used; "" otherwise.
  const std::string& fault() const { return fault_; }

  // ---- any thread

  // False when there is no room for it now. Lines are in the order in which they were put; one thread's order
  // is kept. Takes no lock and makes no system call.
  bool put(std::string_view line);
  // Bytes that are taken.
  std::uint64_t used() const;
  // Lines that could not be put, which the file remembers, too.
  std::atomic<std::uint64_t>& lost();

  // ---- the one thread that takes

  // Everything up to here is written.
  Position written() const;
  // Appends lines to `out`, from `from` on, until it has `limit` bytes or more, or there are no further ones;
  // tells where they end. Stops before a line that another thread is putting. Lines of an earlier process
  // that were never finished, or are damaged, are passed over.
  Position read(Position from, std::string& out, std::size_t limit);
  // Damaged lines that it has found.
  std::uint64_t damaged() const { return damaged_; }

  // Notes what is about to be written. It is forgotten by mark().
  void intend(const Intent& intent);
  // What was intended for the lines from written() on, if anything was.
  std::optional<Intent> intent() const;
  // Everything up to `end` is written: there is room for others.
  void mark(Position end);

 private:
  struct Header;

  // Maps the file; without one it is memory.
  RingFile(agent::FileHandle file, std::uint64_t capacity);
  bool adopt();
  void begin();
  std::atomic_ref<std::uint64_t> cell(Position at) const;
  void copy_in(Position at, std::string_view bytes);
  bool append(Position at, std::string& out) const;

  const agent::FileHandle file_;
  const std::uint64_t capacity_;
  Header* const header_;
  char* const ring_;
  Position left_end_ = 0;  // up to here it was an earlier process that put lines
  std::uint64_t damaged_ = 0;
  std::string fault_;
};

}  // namespace server
