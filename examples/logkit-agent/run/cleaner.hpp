// Which files of a runner are deleted, and when: `cleaner` of its configuration and `expire_delete` of its
// reader (docs/logs.md). Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "examples/logkit-agent/read/entry_files.hpp"
#include "examples/logkit-agent/read/file_source.hpp"
#include "runner_config.hpp"

namespace logkit {

struct CleanerOptions {
  bool is_enabled = false;  // `delete_enable`
  std::chrono::nanoseconds interval = std::chrono::seconds(300);
  // The newest of the delivered files stay, as long as they are no more than either. 0: no such limit.
  std::size_t reserved_files = 10;
  std::uint64_t reserved_bytes = 2048ULL << 20;
};

// Throws Errc::bad_config.
CleanerOptions read_cleaner_options(const RunnerConfig& config);

// There is something to be deleted, if not now.
bool deletes_any(const CleanerOptions& options, const FileSource& source);

// Those to be deleted, the oldest first. `files`: all that the reader knows. A file that was not delivered to
// its end, the newest ones of each log (the path of mode file, the newest of a directory with modes dir and
// dirx, of the files whose names differ by numbers only with tailx) and what was written to in the last ten
// minutes stay. With expire_delete all that was delivered goes that has not been written to for that time.
// `now_ns`: since 1970.
std::vector<EntryFile> choose_files(const std::vector<EntryFile>& files, const FileSource& source,
                                    const CleanerOptions& options, std::int64_t now_ns);

}  // namespace logkit
