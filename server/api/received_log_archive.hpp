// ReceivedLogArchive: an archive that an agent sends in blocks, in an unlinked file of bounded size.
//
// Its functions block; they run on the pool, one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/wire/logs.hpp"
#include "base/digest.hpp"
#include "files/stored_file.hpp"

namespace server {

// An agent keeps some hundred megabytes of logs at most; more is a mistake or an attack on our disk.
inline constexpr std::uint64_t kArchiveMax = 1024ull * 1024 * 1024;

class ReceivedLogArchive {
 public:
  // Throws too_large beyond kArchiveMax, io.
  ReceivedLogArchive(const std::string& directory, const agent::wire::LogDownloadInfo& announced);

  std::uint64_t size() const { return size_; }
  bool is_complete() const { return received_ == size_; }
  std::uint64_t missing() const { return size_ - received_; }

  // The next bytes in order. Throws bad_message beyond the announced size, io.
  void append(std::string_view bytes);
  // Once complete. Throws bad_message "invalid checksum".
  void check();
  // `count` bytes from `offset`, which must be there. Throws io.
  std::string read(std::uint64_t offset, std::size_t count) const { return file_.read(offset, count); }
  // The digest in quotes.
  const std::string& etag() const { return etag_; }

 private:
  const std::uint64_t size_;
  const agent::wire::Md5 announced_md5_;
  std::uint64_t received_ = 0;
  agent::Md5 md5_;
  std::string etag_;
  StoredFile file_;
};

}  // namespace server
