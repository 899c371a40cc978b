// receive_log_archive: an archive of log files that an agent sends in blocks (wire protocol, 7.4), into an
// unlinked file of bounded size.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "agent/wire/logs.hpp"
#include "files/stored_file.hpp"
#include "hub/ask.hpp"
#include "net/loop.hpp"
#include "net/offload.hpp"

namespace server {

// An agent keeps some hundred megabytes of logs at most; more is a mistake or an attack on our disk.
inline constexpr std::uint64_t kArchiveMax = 1024ull * 1024 * 1024;

// Replies that have arrived and were not looked at yet. An agent sends its blocks as fast as the network
// takes them; while the disk takes fewer, its session waits.
inline constexpr CallLimits kArchiveLimits{.messages = 64, .bytes = 512 * 1024, .pauses = true, .many = true};

struct ReceivedLogArchive {
  std::shared_ptr<StoredFile> file;
  std::uint64_t size = 0;  // bytes
  std::string etag;        // the digest in quotes
};

// Receives what `announced`, the first reply of `call`, promises. Each block may take kReplyTimeout, and all
// of them end by `deadline`. `pool` outlives it. Throws too_large beyond kArchiveMax, bad_message for another
// size or digest than announced, io, and what Call::next() throws.
agent::Task<ReceivedLogArchive> receive_log_archive(std::shared_ptr<Call> call,
                                                    agent::wire::LogDownloadInfo announced,
                                                    agent::net::Clock::time_point deadline,
                                                    agent::net::Offload* pool, std::string directory);

}  // namespace server
