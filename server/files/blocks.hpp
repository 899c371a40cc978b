// Blocks: the content of a file in messages of 32 KiB, as originals send it. They cannot be held back, so
// what the client does not take at once waits in a Backlog.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "files/backlog.hpp"
#include "files/file_service.hpp"
#include "hub/ask.hpp"

namespace server {

// Replies that have arrived and were not looked at yet. An agent sends as fast as the network takes them.
inline constexpr CallLimits kBlockLimits{.messages = 64, .bytes = 512 * 1024, .pauses = true, .many = true};

class Blocks : public std::enable_shared_from_this<Blocks> {
 public:
  // `call` has been answered by `info`, which said ok.
  Blocks(FileService& files, agent::net::Loop& loop, std::shared_ptr<Call> call,
         const agent::wire::DownloadReply& info, std::chrono::seconds timeout);

  // Receives until the end or stop(), on its own.
  void start();
  void stop() { call_->cancel("the download has ended"); }

  // "" at the end. Throws refused (the agent broke off), bad_message, disconnected, timeout, io.
  agent::Task<std::string> read() { return backlog_.take(); }

 private:
  static agent::Task<> receive(std::shared_ptr<Blocks> self);
  agent::Task<std::string> next_block();

  agent::net::Loop& loop_;
  std::shared_ptr<Call> call_;
  const agent::wire::DownloadReply info_;
  const std::chrono::seconds timeout_;
  std::uint64_t received_ = 0;
  Backlog backlog_;
};

}  // namespace server
