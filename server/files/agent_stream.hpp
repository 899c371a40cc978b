// AgentSource, AgentSink: contents from and to an agent beside its messages (capability `stream`). They
// belong to the agent's shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "hub/agent_session.hpp"
#include "net/bulk.hpp"

namespace server {

// Both throw what net::BulkSource and net::BulkSink throw; one call at a time. Each call may take `step`,
// then it throws timeout.

class AgentSource final : public agent::ByteSource {
 public:
  // Throws disconnected.
  static agent::Task<std::shared_ptr<AgentSource>> open(std::shared_ptr<Session> session,
                                                        std::chrono::seconds step);
  AgentSource(const AgentSource&) = delete;
  AgentSource& operator=(const AgentSource&) = delete;

  // What the request tells the agent. Data comes once read() has been called.
  std::uint32_t number() const { return number_; }
  agent::Task<std::string> read() override;
  // After the end.
  const std::string& note() const { return source_->note(); }

 private:
  AgentSource(std::shared_ptr<Session> session, std::chrono::seconds step)
      : session_(std::move(session)), step_(step) {}

  const std::shared_ptr<Session> session_;
  const std::chrono::seconds step_;
  std::shared_ptr<agent::net::BulkSource> source_;
  std::uint32_t number_ = 0;
};

class AgentSink final : public agent::ByteSink {
 public:
  // Throws disconnected.
  static agent::Task<std::shared_ptr<AgentSink>> open(std::shared_ptr<Session> session,
                                                      std::chrono::seconds step);
  AgentSink(const AgentSink&) = delete;
  AgentSink& operator=(const AgentSink&) = delete;

  std::uint32_t number() const { return number_; }
  agent::Task<> write(std::string bytes) override;
  void end(std::string note);
  void fail(std::string why);

 private:
  AgentSink(std::shared_ptr<Session> session, std::chrono::seconds step)
      : session_(std::move(session)), step_(step) {}

  const std::shared_ptr<Session> session_;
  const std::chrono::seconds step_;
  std::shared_ptr<agent::net::BulkSink> sink_;
  std::uint32_t number_ = 0;
};

}  // namespace server
