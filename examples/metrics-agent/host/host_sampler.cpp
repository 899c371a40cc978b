#include "host_sampler.hpp"

HostSampler::HostSampler(agent::Agent& agent, const HostOptions& options)
    : agent_(agent),
      facts_(options, warnings_),
      usage_(options, warnings_),
      temperatures_(options, warnings_) {}

agent::Task<agent::wire::StaticReply> HostSampler::facts() {
  auto read = [this] { return facts_.read(); };
  co_return co_await agent_.offload(read);
}

agent::Task<agent::wire::HostUsage> HostSampler::usage() {
  auto read = [this] { return usage_.sample(); };
  co_return co_await agent_.offload(read);
}

agent::Task<std::vector<agent::wire::Temperature>> HostSampler::temperatures() {
  auto read = [this] { return temperatures_.read(); };
  co_return co_await agent_.offload(read);
}
