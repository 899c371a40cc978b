#include "files/block_source.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/data_codec.hpp"
#include "net/spawn.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

namespace {

// Raw bytes of one block; originals send 32 KiB.
constexpr std::size_t kBlockMax = 1024 * 1024;

// BlockMessages: what the messages of a call hold, as they come.
class BlockMessages final : public agent::ByteSource {
 public:
  BlockMessages(std::shared_ptr<Call> call, std::uint64_t size, std::chrono::seconds timeout)
      : call_(std::move(call)), size_(size), timeout_(timeout) {}

  agent::Task<std::string> read() override {
    std::string bytes;
    while (bytes.empty() && received_ < size_) {
      call_->expires_at(Clock::now() + timeout_);
      const agent::Envelope reply = co_await call_->next();
      bytes = take(reply);
    }
    if (received_ == size_) call_->done();
    co_return bytes;
  }

 private:
  std::string take(const agent::Envelope& reply) {
    if (reply.type() == wire::DownloadError::message.type) {
      throw Error(Errc::refused, reply.payload<wire::DownloadError>().msg);
    }
    const auto block = reply_as<wire::DownloadData>(reply);
    std::string bytes = agent::decode_data(block.data, kBlockMax);
    if (block.offset != received_) throw Error(Errc::bad_message, "invalid offset");
    if (bytes.size() > size_ - received_) {
      throw Error(Errc::bad_message, fmt::format("more data than the announced {} bytes", size_));
    }
    received_ += bytes.size();
    return bytes;
  }

  const std::shared_ptr<Call> call_;
  const std::uint64_t size_;
  const std::chrono::seconds timeout_;
  std::uint64_t received_ = 0;
};

agent::Task<> receive(std::shared_ptr<agent::ByteSource> blocks, std::shared_ptr<agent::ByteSink> backlog) {
  co_await agent::pump(std::move(blocks), std::move(backlog));
}

}  // namespace

BlockSource::BlockSource(FileService& files, std::shared_ptr<Call> call, const wire::DownloadReply& info,
                         std::chrono::seconds timeout)
    : call_(std::move(call)), backlog_(std::make_shared<Backlog>(files.pool(), files.cache_dir())) {
  auto blocks = std::make_shared<BlockMessages>(call_, info.size, timeout);
  agent::net::spawn(call_->session().home().loop(), receive(std::move(blocks), backlog_),
                    [backlog = backlog_](std::exception_ptr error) { backlog->end(std::move(error)); });
}

}  // namespace server
