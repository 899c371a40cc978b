#include "api/receive_log_archive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/data_codec.hpp"
#include "agent/error.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::net::Clock;

// Raw bytes of one block; originals send 32,000.
constexpr std::size_t kBlockMax = 1024 * 1024;

// LogBlocks: the blocks in the order they come: originals number them all 0.
class LogBlocks final : public agent::ByteSource {
 public:
  LogBlocks(std::shared_ptr<Call> call, std::uint64_t size, Clock::time_point deadline)
      : call_(std::move(call)), size_(size), deadline_(deadline) {}

  agent::Task<std::string> read() override {
    std::string bytes;
    while (bytes.empty() && received_ < size_) {
      // An original's agent that loses blocks stops short of the size it announced, and says no more.
      call_->expires_at(std::min(deadline_, Clock::now() + kReplyTimeout));
      const agent::Envelope reply = co_await call_->next();
      bytes = agent::decode_data(reply_as<agent::wire::LogDownloadData>(reply).data, kBlockMax);
      if (bytes.size() > size_ - received_) {
        throw Error(Errc::bad_message, fmt::format("more data than the announced {} bytes", size_));
      }
      received_ += bytes.size();
    }
    if (received_ == size_) call_->done();
    co_return bytes;
  }

 private:
  const std::shared_ptr<Call> call_;
  const std::uint64_t size_;
  const Clock::time_point deadline_;
  std::uint64_t received_ = 0;
};

}  // namespace

agent::Task<ReceivedLogArchive> receive_log_archive(std::shared_ptr<Call> call,
                                                    agent::wire::LogDownloadInfo announced,
                                                    Clock::time_point deadline, agent::net::Offload* pool,
                                                    std::string directory) {
  if (announced.size > kArchiveMax) {
    throw Error(Errc::too_large,
                fmt::format("the archive has {} bytes, more than {}", announced.size, kArchiveMax));
  }
  const std::shared_ptr<agent::ByteSource> blocks =
      std::make_shared<LogBlocks>(std::move(call), announced.size, deadline);
  const auto stored = std::make_shared<StoredSink>(*pool, std::move(directory));
  const std::shared_ptr<agent::ByteSink> sink = stored;
  co_await stored->open();  // an empty archive is one, too
  co_await agent::pump(blocks, sink, agent::kNoLimit, kStoredBatch);
  if (stored->md5() != announced.md5) throw Error(Errc::bad_message, "invalid checksum");
  ReceivedLogArchive archive;
  archive.file = stored->file();
  archive.size = announced.size;
  archive.etag = '"' + agent::hex(announced.md5) + '"';
  co_return archive;
}

}  // namespace server
