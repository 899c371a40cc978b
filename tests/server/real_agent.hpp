// RealAgent: an agent::Agent as programs have it, on a thread of its own, connected to a server of the test.
#pragma once

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "agent/agent.hpp"
#include "core/parts.hpp"

namespace test {

class RealAgent {
 public:
  // `set_up` registers its handlers. It is connected when the constructor returns.
  RealAgent(std::uint16_t port, std::string id, const std::function<void(agent::Agent&)>& set_up) {
    agent::Config& config = agent::core::parts_of(agent_).config;
    config.server = {"127.0.0.1:" + std::to_string(port)};
    config.id = std::move(id);
    config.monitor.enabled = false;
    set_up(agent_);
    agent_.on_connect([this] {
      if (++sessions_ == 1) connected_.set_value();
    });
    thread_ = std::thread([this] { agent_.run(); });
    REQUIRE(connected_.get_future().wait_for(std::chrono::seconds(15)) == std::future_status::ready);
  }
  ~RealAgent() { stop(); }
  RealAgent(const RealAgent&) = delete;
  RealAgent& operator=(const RealAgent&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    agent_.stop();
    thread_.join();
  }

  agent::Agent& agent() { return agent_; }
  agent::core::Counters& counters() { return agent::core::parts_of(agent_).counters; }

 private:
  agent::Agent agent_{"custom-agent", "1.0.0"};
  int sessions_ = 0;
  std::promise<void> connected_;
  std::thread thread_;
};

// Messages of a custom agent.
struct Work {
  static constexpr agent::MessageKind message{1001, "work"};
  std::int64_t steps = 0;
  static void fields(auto& field) { field("steps", &Work::steps); }
};

struct Step {
  static constexpr agent::MessageKind message{1002, "step"};
  std::int64_t number = 0;
  static void fields(auto& field) { field("number", &Step::number); }
};

}  // namespace test
