#include "process_sampler.hpp"

#include <memory>
#include <utility>

#include <agent/clock.hpp>
#include <agent/processes.hpp>

namespace {

using std::chrono::minutes;

constexpr std::int64_t kStandardProcessLimit = 200;
constexpr std::int64_t kStandardConnectionLimit = 500;
constexpr std::size_t kMostWaiting = 16;
constexpr std::chrono::nanoseconds kLongestWait = minutes(1);
// Accounts that are added, and given another name, are seen after that.
constexpr minutes kAccountsLast{10};

}  // namespace

ProcessSampler::ProcessSampler(agent::Agent& agent, ProcessOptions options)
    : agent_(agent),
      options_(std::move(options)),
      shares_(agent::ticks_per_second()),
      sockets_(options_.root),
      turns_(1, kMostWaiting) {}

agent::Task<agent::wire::DynamicReply> ProcessSampler::processes(std::size_t top) {
  const agent::Turns::Turn turn = co_await turns_.take(kLongestWait);
  const ProcessPass::Memory memory{shares_, accounts(), sockets_};
  const auto pass = std::make_shared<ProcessPass>(options_, memory, top);
  const SamplePace pace(options_.process_limit, kStandardProcessLimit);
  co_await run(pass, pace, 2);
  co_return pass->take();
}

agent::Task<agent::wire::DynamicReply> ProcessSampler::connections(std::vector<std::string> kinds) {
  const agent::Turns::Turn turn = co_await turns_.take(kLongestWait);
  const auto pass = std::make_shared<ConnectionPass>(options_, sockets_, socket_kinds(kinds));
  const SamplePace pace(options_.connection_limit, kStandardConnectionLimit);
  co_await run(pass, pace, 1);
  co_return pass->take();
}

template <class Pass>
agent::Task<> ProcessSampler::run(std::shared_ptr<Pass> pass, SamplePace pace, std::size_t items_of_unit) {
  const std::size_t slice = pace.slice(items_of_unit);
  SampleStep done{.more = true};
  while (done.more) {
    auto step = [pass, slice] { return pass->step(slice); };
    done = co_await agent_.offload(step);
    const std::chrono::nanoseconds pause = pace.pause(done.items);
    if (done.more && pause.count() > 0) co_await agent::Agent::pause(pause);
  }
  warnings_ += pass->warnings();
}

agent::AccountNames& ProcessSampler::accounts() {
  const auto now = agent::Clock::now();
  if (!accounts_ || now - accounts_since_ >= kAccountsLast) {
    accounts_.emplace(options_.root);
    accounts_since_ = now;
  }
  return *accounts_;
}
