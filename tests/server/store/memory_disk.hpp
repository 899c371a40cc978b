// MemoryDisk: a disk for SQLite in memory, whose power can be cut: what was not synced then is there in
// parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace test {

class MemoryDisk {
 public:
  MemoryDisk();
  ~MemoryDisk();
  MemoryDisk(const MemoryDisk&) = delete;
  MemoryDisk& operator=(const MemoryDisk&) = delete;

  // SQLite's name of it: paths are those of its own files.
  const std::string& vfs() const;

  // After so many writes and syncs more everything fails.
  void cut_after(std::size_t operations);
  bool is_cut() const;
  // Once nothing has a file open: each sector of 512 bytes that was written since its file was last synced
  // is there or is not.
  void power_on(std::uint64_t seed);

  // Bytes of a file; 0 when there is none.
  std::size_t size(const std::string& path) const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace test
