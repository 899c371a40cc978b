#include "files/blocks.hpp"

#include <fmt/format.h>

#include <asio/co_spawn.hpp>
#include <utility>

#include "agent/data_codec.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::net::Clock;
namespace wire = agent::wire;

namespace {

// Raw bytes of one block; originals send 32 KiB.
constexpr std::size_t kBlockMax = 1024 * 1024;

}  // namespace

Blocks::Blocks(FileService& files, agent::net::Loop& loop, std::shared_ptr<Call> call,
               const wire::DownloadReply& info, std::chrono::seconds timeout)
    : loop_(loop),
      call_(std::move(call)),
      info_(info),
      timeout_(timeout),
      backlog_(loop, files.pool(), files.cache_dir()) {}

void Blocks::start() {
  asio::co_spawn(loop_.io(), receive(shared_from_this()),
                 [self = shared_from_this()](std::exception_ptr error) { self->backlog_.end(error); });
}

agent::Task<> Blocks::receive(std::shared_ptr<Blocks> self) {
  while (self->received_ < self->info_.size) {
    std::string block = co_await self->next_block();
    co_await self->backlog_.push(std::move(block));
  }
  self->call_->done();
}

agent::Task<std::string> Blocks::next_block() {
  call_->expires_at(Clock::now() + timeout_);
  agent::Envelope reply = co_await call_->next();
  if (reply.type() == wire::DownloadError::message.type) {
    throw Error(Errc::refused, reply.payload<wire::DownloadError>().msg);
  }
  const auto block = reply_as<wire::DownloadData>(reply);
  std::string bytes = agent::decode_data(block.data, kBlockMax);
  if (block.offset != received_) throw Error(Errc::bad_message, "invalid offset");
  if (bytes.size() > info_.size - received_) {
    throw Error(Errc::bad_message, fmt::format("more data than the announced {} bytes", info_.size));
  }
  received_ += bytes.size();
  co_return bytes;
}

}  // namespace server
