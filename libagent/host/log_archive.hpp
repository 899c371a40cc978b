// Lists and packs an agent's own log files, for message types 10000 to 10004 (wire protocol, sections
// 6.12 and 7.4).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/temp_file.hpp"

namespace agent::host {

struct LogFileInfo {
  std::string name;        // base name
  std::uint64_t size = 0;  // bytes
  std::chrono::system_clock::time_point modified;
};

// The regular files among `paths` (agent::log::files()), in that order. What is missing or a link is left
// out.
std::vector<LogFileInfo> list_logs(const std::vector<std::string>& paths);

// The archive lies in the temporary directory, so it needs a bound: it holds the seven rotated logs that
// the sample configuration keeps, and some larger ones.
inline constexpr std::uint64_t kMaxLogArchive = 256 * 1024 * 1024;

// LogArchive: a zip of log files, whole before the first byte is read from it, because its size and
// digest travel first. Entries are stored, under their base names; of a file that grows meanwhile, the
// bytes that it had when it was opened. It lies in a TempFile and lives as long as the LogArchive.
//
// Everything here blocks on file I/O: for the offload pool. Not thread-safe.
class LogArchive {
 public:
  // Packs the files that `names` asks for. Only base names out of `allowed` (full paths of regular
  // files) are served; a name that is there twice is packed once. `temp_dir`: "" = the system's.
  // Throws Errc::bad_message for no names, Errc::not_found for a name that is not in the list or not
  // a regular file, Errc::too_large for an archive beyond `max_bytes` (below 4 GiB), Errc::io.
  LogArchive(const std::vector<std::string>& allowed, const std::vector<std::string>& names,
             std::uint64_t max_bytes = kMaxLogArchive, const std::filesystem::path& temp_dir = {});

  std::uint64_t size() const { return file_.size(); }
  const std::array<std::uint8_t, 16>& md5() const { return md5_; }

  // `count` bytes from `offset` on, fewer only at the end. Throws Errc::io.
  std::string read(std::uint64_t offset, std::size_t count) const { return file_.read(offset, count); }

 private:
  TempFile file_;
  std::array<std::uint8_t, 16> md5_{};
};

}  // namespace agent::host
