#include "api/received_log_archive.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"

namespace server {
namespace {

std::uint64_t checked_size(std::uint64_t size) {
  if (size <= kArchiveMax) return size;
  throw agent::Error(agent::Errc::too_large,
                     fmt::format("the archive has {} bytes, more than {}", size, kArchiveMax));
}

}  // namespace

ReceivedLogArchive::ReceivedLogArchive(const std::string& directory,
                                       const agent::wire::LogDownloadInfo& announced)
    : size_(checked_size(announced.size)),
      announced_md5_(announced.md5),
      etag_('"' + agent::hex(announced_md5_) + '"'),
      file_(directory) {}

void ReceivedLogArchive::append(std::string_view bytes) {
  if (bytes.size() > missing()) {
    throw agent::Error(agent::Errc::bad_message, fmt::format("more data than the announced {} bytes", size_));
  }
  md5_.update(bytes);
  file_.write(received_, bytes);
  received_ += bytes.size();
}

void ReceivedLogArchive::check() {
  if (md5_.finish() != announced_md5_) throw agent::Error(agent::Errc::bad_message, "invalid checksum");
}

}  // namespace server
