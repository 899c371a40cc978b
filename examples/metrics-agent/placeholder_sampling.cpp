#include "placeholder_sampling.hpp"

#include <agent/host.hpp>
#include <agent/log.hpp>

namespace {

namespace wire = agent::wire;

class PlaceholderSampling : public Sampling {
 public:
  explicit PlaceholderSampling(std::string root) : root_(std::move(root)) {}

  agent::Task<wire::StaticReply> facts() override {
    const agent::HostFacts host = agent::read_host_facts(root_);
    wire::StaticReply reply;
    reply.time = wire::Time::now();
    reply.host.name = host.host_name;
    reply.os.name = host.os;
    reply.memory.physical = host.memory;
    co_return reply;
  }
  agent::Task<wire::HostUsage> usage() override {
    wire::HostUsage usage;
    usage.memory.free = agent::read_total_memory(root_);
    co_return usage;
  }
  agent::Task<wire::DynamicReply> processes(std::size_t) override { co_return none(); }
  agent::Task<wire::DynamicReply> connections(std::vector<std::string>) override { co_return none(); }
  agent::Task<std::vector<wire::Temperature>> temperatures() override {
    std::vector<wire::Temperature> temperatures;
    co_return temperatures;
  }
  std::uint64_t warnings() const override { return 0; }

 private:
  static wire::DynamicReply none() { return {}; }

  const std::string root_;
};

}  // namespace

std::unique_ptr<Sampling> make_placeholder(agent::Agent&, const TaskSettings& settings) {
  agent::log::warn("this build samples next to nothing: it is not for release");
  return std::make_unique<PlaceholderSampling>(settings.host_root);
}
