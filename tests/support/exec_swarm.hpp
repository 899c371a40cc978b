// ExecSwarm: many exec-agents that run nothing, on one loop in a thread of its own: they answer every command
// with one line and success, or do what their id says: "hang-…" never answers, "vanish-…" leaves for good at
// the first command.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace test {

class ExecSwarm {
 public:
  // Connects them to 127.0.0.1:`port`, and returns once all are served.
  ExecSwarm(std::uint16_t port, std::vector<std::string> ids);
  ~ExecSwarm();
  ExecSwarm(const ExecSwarm&) = delete;
  ExecSwarm& operator=(const ExecSwarm&) = delete;

 private:
  agent::Task<> serve(std::string id);

  const std::string address_;
  agent::net::Loop loop_;
  std::atomic<std::size_t> connected_ = 0;
  std::thread thread_;
};

}  // namespace test
