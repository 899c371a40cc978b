// Backlog: bytes on their way from a sender that cannot be held back to a reader that may be slower. In
// memory first, then on disk; never more memory than kBacklogMemory.
//
// Belongs to its loop; files are read and written on the pool. One writer and one reader at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "agent/pump.hpp"
#include "base/event.hpp"
#include "files/stored_file.hpp"
#include "net/offload.hpp"

namespace server {

inline constexpr std::size_t kBacklogMemory = 1024 * 1024;

class Backlog final : public agent::ByteSink, public agent::ByteSource {
 public:
  Backlog(agent::net::Offload& pool, std::string directory) : pool_(pool), directory_(std::move(directory)) {}
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // Throws Errc::io.
  agent::Task<> write(std::string bytes) override;
  // Nothing more comes. With an error, read() throws it once everything before has been read.
  void end(std::exception_ptr error = nullptr);
  // The oldest bytes, "" after the end. Waits for them.
  agent::Task<std::string> read() override;

  // Bytes that have been on disk, for tests.
  std::uint64_t spilled() const { return spilled_; }

 private:
  agent::Task<std::string> read_stored();

  agent::net::Offload& pool_;
  const std::string directory_;
  agent::Event changed_;
  std::deque<std::string> memory_;  // older than what is on disk
  std::size_t memory_bytes_ = 0;
  std::shared_ptr<StoredFile> disk_;
  std::uint64_t disk_begin_ = 0;  // not yet read
  std::uint64_t disk_end_ = 0;    // written
  std::uint64_t spilled_ = 0;
  bool ended_ = false;
  std::exception_ptr error_;
};

}  // namespace server
