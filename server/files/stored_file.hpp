// StoredFile: a file without a name in a directory of the server, gone with the object or the process.
// StoredSink and StoredSource: its content on the way there and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/pump.hpp"
#include "base/digest.hpp"
#include "base/file_handle.hpp"
#include "net/offload.hpp"

namespace server {

// Bytes that go to the disk, or come from it, in one step.
inline constexpr std::size_t kStoredBatch = 256 * 1024;

// Its functions block: they run on the pool. Two may run at once when they touch different bytes.
class StoredFile {
 public:
  // Throws Errc::io.
  explicit StoredFile(const std::string& directory);

  // All of it, or Errc::io, such as when the disk is full.
  void write(std::uint64_t offset, std::string_view bytes);
  // `count` bytes from `offset`, which must be there. Throws Errc::io.
  std::string read(std::uint64_t offset, std::size_t count) const;

 private:
  agent::FileHandle file_;
};

// StoredSink: writes a StoredFile on the pool, where it also computes the digest. Belongs to its loop.
class StoredSink final : public agent::ByteSink, public std::enable_shared_from_this<StoredSink> {
 public:
  // The file is made, in `directory`, with the first write or by open().
  StoredSink(agent::net::Offload& pool, std::string directory)
      : pool_(pool), directory_(std::move(directory)) {}

  // The calls below throw Errc::io.
  agent::Task<> open();
  agent::Task<> write(std::string bytes) override;

  // What has been written; null without open() and write().
  std::shared_ptr<StoredFile> file() const { return file_; }
  std::uint64_t size() const { return size_; }       // bytes
  agent::Md5::Value md5() { return md5_.finish(); }  // once, at the end

 private:
  void append(std::string_view bytes);

  agent::net::Offload& pool_;
  const std::string directory_;
  std::shared_ptr<StoredFile> file_;
  std::uint64_t size_ = 0;
  agent::Md5 md5_;
};

// StoredSource: a part of a StoredFile, read on the pool. Belongs to its loop.
class StoredSource final : public agent::ByteSource {
 public:
  // The bytes from `begin` to `end`, which must be there.
  StoredSource(agent::net::Offload& pool, std::shared_ptr<const StoredFile> file, std::uint64_t begin,
               std::uint64_t end)
      : pool_(pool), file_(std::move(file)), begin_(begin), end_(end) {}

  // Throws Errc::io.
  agent::Task<std::string> read() override;

 private:
  agent::net::Offload& pool_;
  const std::shared_ptr<const StoredFile> file_;
  std::uint64_t begin_;
  const std::uint64_t end_;
};

}  // namespace server
