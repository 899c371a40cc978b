// FakeSampling: a machine that a test makes up, for metrics-agent.
#pragma once

#include <agent/agent.hpp>
#include <agent/error.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/metrics-agent/metrics_agent.hpp"

namespace test {

// What all samplings of a test share.
struct FakeMachine {
  std::chrono::nanoseconds takes{0};  // time of a sample of usage
  std::string fault;                  // what samples of usage throw
  std::uint64_t usages = 0;           // samples of usage of all consumers
  std::size_t running = 0;            // of them, at this moment
  std::size_t most_running = 0;
  std::vector<std::string> wishes{};  // what was asked for processes and connections, in order
  std::size_t samplings = 0;
};

class FakeSampling : public Sampling {
 public:
  explicit FakeSampling(FakeMachine& machine) : machine_(machine), consumer_(++machine.samplings) {}

  agent::Task<agent::wire::StaticReply> facts() override {
    agent::wire::StaticReply facts;
    facts.time = agent::wire::Time::now();
    facts.host.name = "host-" + std::to_string(consumer_);
    co_return facts;
  }

  // Counted in memory.used; memory.free tells the consumer: 1 reports, 2 requests.
  agent::Task<agent::wire::HostUsage> usage() override {
    machine_.most_running = std::max(machine_.most_running, ++machine_.running);
    if (machine_.takes.count() > 0) co_await agent::Agent::pause(machine_.takes);
    --machine_.running;
    if (!machine_.fault.empty()) throw agent::Error(agent::Errc::io, machine_.fault);
    agent::wire::HostUsage usage;
    usage.memory.used = ++machine_.usages;
    usage.memory.free = consumer_;
    usage.cpu.usage.value = 12.3456;
    co_return usage;
  }

  agent::Task<agent::wire::DynamicReply> processes(std::size_t top) override {
    machine_.wishes.push_back("top " + std::to_string(top));
    agent::wire::DynamicReply part;
    for (std::int32_t pid = 1; pid <= 5; ++pid) {
      agent::wire::ProcessUsage process;
      process.pid = pid;
      process.cpu.value = pid == 3 ? 90.0 : 1.0 * pid;
      part.processes.push_back(process);
    }
    leave_busiest(part.processes, top);
    co_return part;
  }

  agent::Task<agent::wire::DynamicReply> connections(std::vector<std::string> kinds) override {
    std::string wish = "kinds";
    for (const std::string& kind : kinds) wish += " " + kind;
    machine_.wishes.push_back(wish);
    agent::wire::DynamicReply part;
    for (const char* type : {"tcp4", "tcp6", "udp4", "unix", "file"}) {
      if (!is_of_kinds(type, kinds)) continue;
      part.connections.push_back({3, 1, type, "local", "remote", "NONE"});
      part.connection_counts.push_back({type, "NONE", 3});
      part.connections_cut += 2;
    }
    co_return part;
  }

  agent::Task<std::vector<agent::wire::Temperature>> temperatures() override {
    std::vector<agent::wire::Temperature> temperatures(1);
    temperatures[0].name = "cpu";
    temperatures[0].celsius.value = 41;
    co_return temperatures;
  }

  std::uint64_t warnings() const override { return consumer_ * 10; }

 private:
  FakeMachine& machine_;
  const std::size_t consumer_;
};

// A metrics-agent on that machine.
struct FakeMetrics {
  FakeMachine machine;
  agent::Agent agent{"metrics-agent", "1.0.0"};
  MetricsAgent metrics{
      agent, [this](agent::Agent&, const TaskSettings&) { return std::make_unique<FakeSampling>(machine); }};
};

}  // namespace test
