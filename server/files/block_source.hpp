// BlockSource: the content of a file in messages of 32 KiB, as originals send it. They cannot be held back,
// so what the client does not take at once waits in a Backlog.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "agent/pump.hpp"
#include "agent/wire/file.hpp"
#include "files/backlog.hpp"
#include "files/file_service.hpp"
#include "hub/ask.hpp"

namespace server {

// Replies that have arrived and were not looked at yet. An agent sends as fast as the network takes them;
// beyond this its session waits.
inline constexpr CallLimits kBlockLimits{.messages = 64, .bytes = 512 * 1024, .pauses = true, .many = true};

class BlockSource final : public agent::ByteSource {
 public:
  // `call` has been answered by `info`, which said ok. Receives until the end or its own destruction, on its
  // own. `timeout` is for each block.
  BlockSource(FileService& files, std::shared_ptr<Call> call, const agent::wire::DownloadReply& info,
              std::chrono::seconds timeout);
  ~BlockSource() override { call_->cancel("the download has ended"); }
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;

  // Throws refused (the agent broke off), bad_message, disconnected, timeout, io.
  agent::Task<std::string> read() override { return backlog_->read(); }

 private:
  const std::shared_ptr<Call> call_;
  const std::shared_ptr<Backlog> backlog_;
};

}  // namespace server
