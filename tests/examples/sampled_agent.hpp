// SampledAgent: an agent that answers requests for processes and connections, in a test.
#pragma once

#include <agent/testing.hpp>
#include <agent/wire/metrics.hpp>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "examples/metrics-agent/process/process_sampler.hpp"

class SampledAgent {
 public:
  static constexpr std::int64_t kProcesses = 1;
  static constexpr std::int64_t kConnections = 2;

  explicit SampledAgent(ProcessOptions options) : sampler(agent, std::move(options)) {
    agent.on<agent::wire::DynamicRequest>(
        [this](const agent::wire::DynamicRequest request, const agent::Call call) -> agent::Task<> {
          return serve(&sampler, request, call);
        });
    agent.on<agent::wire::CollectQuery>(
        [](const agent::wire::CollectQuery&) { return agent::wire::CollectStatus(); });
    server.emplace(agent);
  }

  static agent::wire::DynamicRequest request(std::int64_t part, std::int64_t top = 0,
                                             std::vector<std::string> kinds = {}) {
    agent::wire::DynamicRequest made;
    made.req = {part};
    made.top = top;
    made.aconns = std::move(kinds);
    return made;
  }

  agent::wire::DynamicReply ask(const agent::wire::DynamicRequest& request) {
    return server->call(request).reply<agent::wire::DynamicReply>();
  }
  std::vector<agent::wire::ProcessUsage> processes(std::int64_t top = 0) {
    return ask(request(kProcesses, top)).processes;
  }
  std::vector<agent::wire::Connection> connections(std::vector<std::string> kinds = {}) {
    return ask(request(kConnections, 0, std::move(kinds))).connections;
  }

  agent::Agent agent{"metrics-agent", "1.0.0"};
  ProcessSampler sampler;
  std::optional<agent::TestServer> server;

 private:
  static agent::Task<> serve(ProcessSampler* sampler, const agent::wire::DynamicRequest request,
                             const agent::Call call) {
    agent::wire::DynamicReply reply;
    if (request.req.at(0) == kProcesses) {
      reply = co_await sampler->processes(static_cast<std::size_t>(request.top));
    } else {
      reply = co_await sampler->connections(request.aconns);
    }
    call.send(reply);
  }
};
