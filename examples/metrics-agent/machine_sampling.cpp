#include "machine_sampling.hpp"

#include <agent/memory.hpp>
#include <memory>
#include <utility>

#include "host/host_sampler.hpp"
#include "process/process_sampler.hpp"

namespace {

namespace wire = agent::wire;

class MachineSampling : public Sampling {
 public:
  MachineSampling(agent::Agent& agent, const HostOptions& host, const ProcessOptions& processes)
      : agent_(agent), host_(agent, host), processes_(agent, processes) {}

  agent::Task<wire::StaticReply> facts() override {
    wire::StaticReply facts = co_await host_.facts();
    has_spare_memory_ = true;
    co_return facts;
  }
  agent::Task<wire::HostUsage> usage() override {
    if (std::exchange(has_spare_memory_, false)) co_await release_memory();
    wire::HostUsage usage = co_await host_.usage();
    co_return usage;
  }
  agent::Task<wire::DynamicReply> processes(std::size_t top) override {
    wire::DynamicReply part = co_await processes_.processes(top);
    has_spare_memory_ = true;
    co_return part;
  }
  agent::Task<wire::DynamicReply> connections(std::vector<std::string> kinds) override {
    auto step = processes_.connections(std::move(kinds));
    wire::DynamicReply part = co_await std::move(step);
    has_spare_memory_ = true;
    co_return part;
  }
  agent::Task<std::vector<wire::Temperature>> temperatures() override { return host_.temperatures(); }
  std::uint64_t warnings() const override { return host_.warnings() + processes_.warnings(); }

 private:
  // A list is in memory as values, as JSON and as a record on its way to the disk: more than the agent needs
  // until the next one. The first sample of usage after it, when all that is done, gives it back.
  agent::Task<> release_memory() {
    const auto release = [] { agent::release_memory(); };
    co_await agent_.offload(release);
  }

  agent::Agent& agent_;
  HostSampler host_;
  ProcessSampler processes_;
  bool has_spare_memory_ = false;
};

// One of those that the settings allow.
CommandLines command_lines(std::string_view name) {
  if (name == "full") return CommandLines::full;
  return name == "name" ? CommandLines::name : CommandLines::masked;
}

HostOptions host_options(HostOptions shared, const TaskSettings& settings) {
  shared.root = settings.host_root;
  shared.mounts = {.types = settings.file_system_types,
                   .not_types = settings.not_file_system_types,
                   .not_mounts = settings.not_mounts};
  return shared;
}

ProcessOptions process_options(const TaskSettings& settings) {
  ProcessOptions options;
  options.root = settings.host_root;
  options.command_lines = command_lines(settings.command_lines);
  options.process_limit = settings.process_limit;
  options.connection_limit = settings.connection_limit;
  return options;
}

}  // namespace

MetricsAgent::MakeSampling machine_samplings() {
  return [shared = HostOptions()](agent::Agent& agent, const TaskSettings& settings) {
    return std::make_unique<MachineSampling>(agent, host_options(shared, settings),
                                             process_options(settings));
  };
}
