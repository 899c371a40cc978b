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
    const Work work(*this);
    co_return co_await host_.facts();
  }
  agent::Task<wire::HostUsage> usage() override {
    const Work work(*this);
    co_return co_await host_.usage();
  }
  agent::Task<wire::DynamicReply> processes(std::size_t top) override {
    const Work work(*this);
    co_return co_await processes_.processes(top);
  }
  agent::Task<wire::DynamicReply> connections(std::vector<std::string> kinds) override {
    const Work work(*this);
    auto step = processes_.connections(std::move(kinds));
    co_return co_await std::move(step);
  }
  agent::Task<std::vector<wire::Temperature>> temperatures() override {
    const Work work(*this);
    co_return co_await host_.temperatures();
  }
  std::uint64_t warnings() const override { return host_.warnings() + processes_.warnings(); }

 private:
  // A list is in memory as values, as JSON and as a record, and what makes it uses most of the program:
  // nothing of that is needed for some seconds, once the last sample is on its way to the server. The loop
  // comes to it after that, while it is awake anyway.
  class Work {
   public:
    explicit Work(MachineSampling& of) : of_(of) { ++of_.working_; }
    ~Work() {
      if (--of_.working_ == 0) of_.agent_.post([] { agent::release_memory(); });
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    MachineSampling& of_;
  };

  agent::Agent& agent_;
  HostSampler host_;
  ProcessSampler processes_;
  int working_ = 0;
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
