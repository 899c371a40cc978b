// AgentSource, AgentSink: contents from and to an agent beside its messages (capability `stream`), for
// coroutines on any loop of the hub.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "hub/agent_session.hpp"
#include "net/bulk.hpp"

namespace server {

// Both throw what net::BulkSource and net::BulkSink throw; one call at a time.

class AgentSource {
 public:
  // Throws disconnected.
  static agent::Task<std::unique_ptr<AgentSource>> open(std::shared_ptr<Session> session);
  ~AgentSource();
  AgentSource(const AgentSource&) = delete;
  AgentSource& operator=(const AgentSource&) = delete;

  // What the request tells the agent. Data comes once read() has been called.
  std::uint32_t number() const { return number_; }
  agent::Task<std::string> read(agent::net::Clock::time_point deadline);
  // After the end.
  const std::string& note() const { return source_->note(); }

 private:
  explicit AgentSource(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  static agent::Task<std::unique_ptr<AgentSource>> open_there(std::shared_ptr<Session> session);

  std::shared_ptr<Session> session_;
  std::shared_ptr<agent::net::BulkSource> source_;  // belongs to the session's loop
  std::uint32_t number_ = 0;
};

class AgentSink {
 public:
  // Throws disconnected.
  static agent::Task<std::unique_ptr<AgentSink>> open(std::shared_ptr<Session> session);
  ~AgentSink();
  AgentSink(const AgentSink&) = delete;
  AgentSink& operator=(const AgentSink&) = delete;

  std::uint32_t number() const { return number_; }
  agent::Task<> write(std::string bytes, agent::net::Clock::time_point deadline);
  void end(std::string note);
  void fail(std::string why);

 private:
  explicit AgentSink(std::shared_ptr<Session> session) : session_(std::move(session)) {}
  static agent::Task<std::unique_ptr<AgentSink>> open_there(std::shared_ptr<Session> session);

  std::shared_ptr<Session> session_;
  std::shared_ptr<agent::net::BulkSink> sink_;  // belongs to the session's loop
  std::uint32_t number_ = 0;
};

}  // namespace server
