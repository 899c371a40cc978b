// Backlog: bytes on their way from a sender that cannot be held back to a reader that may be slower. In
// memory first, then on disk; never more memory than kBacklogMemory.
//
// Belongs to its loop; files are read and written on the pool. One writer and one reader at a time.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "files/stored_file.hpp"
#include "net/loop.hpp"
#include "offload_pool.hpp"

namespace server {

inline constexpr std::size_t kBacklogMemory = 1024 * 1024;

class Backlog {
 public:
  Backlog(agent::net::Loop& loop, OffloadPool& pool, std::string directory)
      : pool_(pool), directory_(std::move(directory)), changed_(loop.io()) {}
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // Throws Errc::io.
  agent::Task<> push(std::string bytes);
  // Nothing more comes. With an error, take() throws it once everything before has been taken.
  void end(std::exception_ptr error = nullptr);
  // The oldest bytes, "" after the end. Waits for them.
  agent::Task<std::string> take();

  // Bytes that have been on disk, for tests.
  std::uint64_t spilled() const { return spilled_; }

 private:
  agent::Task<std::string> take_stored();

  OffloadPool& pool_;
  const std::string directory_;
  asio::steady_timer changed_;
  std::deque<std::string> memory_;  // older than what is on disk
  std::size_t memory_bytes_ = 0;
  std::shared_ptr<StoredFile> disk_;
  std::uint64_t disk_begin_ = 0;  // not yet taken
  std::uint64_t disk_end_ = 0;    // written
  bool writing_ = false;
  std::uint64_t spilled_ = 0;
  bool ended_ = false;
  std::exception_ptr error_;
};

}  // namespace server
