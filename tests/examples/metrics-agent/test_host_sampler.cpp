#include "examples/metrics-agent/host/host_sampler.hpp"

#include <agent/testing.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "examples/metrics-agent/host/host_options.hpp"
#include "tests/examples/metrics-agent/host_scene.hpp"

using namespace std::chrono_literals;
using metrics_test::by_name;
using metrics_test::HostScene;

namespace {

// What hangs until the test ends.
struct Gate {
  std::mutex mutex;
  std::condition_variable change;
  bool open = false;

  void pass() {
    std::unique_lock lock(mutex);
    change.wait(lock, [this] { return open; });
  }
  void let_go() {
    const std::lock_guard lock(mutex);
    open = true;
    change.notify_all();
  }
};

// A sampler in an agent that answers requests for it, as the real one does.
class Stage {
 public:
  explicit Stage(const HostOptions& options) : sampler(played_, options) {
    played_.on<agent::wire::DynamicRequest>(
        [this](agent::wire::DynamicRequest, agent::Call call) -> agent::Task<> {
          agent::wire::DynamicReply reply;
          reply.usage = co_await sampler.usage();
          reply.temperatures = co_await sampler.temperatures();
          call.send(reply);
        });
    played_.on<agent::wire::StaticRequest>(
        [this](agent::wire::StaticRequest, agent::Call call) -> agent::Task<> {
          const agent::wire::StaticReply reply = co_await sampler.facts();
          call.send(reply);
        });
  }

 private:
  agent::Agent played_{"host-agent", "1.0.0"};

 public:
  HostSampler sampler;
  agent::TestServer server{played_};
};

agent::wire::HostUsage usage_of(const agent::TestCall& call) {
  const auto usage = call.reply<agent::wire::DynamicReply>().usage;
  REQUIRE(usage);
  return *usage;
}

}  // namespace

TEST_CASE("A sampler answers with facts, usage and temperatures", "[metrics][sampler]") {
  HostScene scene("el6");
  Stage stage(scene.options);
  CHECK(stage.server.call(agent::wire::StaticRequest{}).reply<agent::wire::StaticReply>().host.name ==
        "db-1");
  CHECK(usage_of(stage.server.call(agent::wire::DynamicRequest{})).first);
  stage.server.advance(5s);
  CHECK_FALSE(usage_of(stage.server.call(agent::wire::DynamicRequest{})).first);
  CHECK(stage.sampler.warnings() == 0);
}

TEST_CASE("A mount that hangs is reported without usage and blocks nothing", "[metrics][sampler]") {
  HostScene scene("ubuntu22");
  auto gate = std::make_shared<Gate>();
  auto asked = std::make_shared<std::atomic<int>>(0);
  scene.options.probes = std::make_shared<host::Probes>(host::ProbeTimes{1500ms, 5ms, 60s, 3600s});
  scene.options.measure = [gate, asked](const std::string&, const host::FileSystem& system) {
    if (system.remote) {
      ++*asked;
      gate->pass();
    }
    return HostScene::half_full();
  };
  Stage stage(scene.options);
  for (int i = 0; i < 20; ++i) {
    const auto usage = usage_of(stage.server.call(agent::wire::DynamicRequest{}));
    CHECK(by_name(usage.parts, "/mnt/nas").unmeasured == "hung");
    CHECK(by_name(usage.parts, "/mnt/nas").used == 0);
    CHECK(by_name(usage.parts, "/").used == 1000);
    CHECK(by_name(usage.parts, "/backup").used == 1000);
    stage.server.advance(30s);
  }
  const auto facts = stage.server.call(agent::wire::StaticRequest{}).reply<agent::wire::StaticReply>();
  CHECK(by_name(facts.parts, "/mnt/nas").unmeasured == "hung");
  CHECK(*asked == 1);
  CHECK(stage.sampler.warnings() == 1);
  CHECK(scene.options.probes->hanging() == 1);
  gate->let_go();
  while (scene.options.probes->hanging() > 0) std::this_thread::yield();
  stage.server.advance(60s);
  CHECK(by_name(usage_of(stage.server.call(agent::wire::DynamicRequest{})).parts, "/mnt/nas").used == 1000);
}

TEST_CASE("A file system that cannot wait is asked by its sampler's thread, from the second sample on",
          "[metrics][sampler]") {
  HostOptions options;  // this machine
  struct Asked {
    std::mutex mutex;
    int here = 0;         // on the sampler's thread
    int cannot_wait = 0;  // of those that may not
  };
  auto asked = std::make_shared<Asked>();
  const auto sampler = std::this_thread::get_id();
  options.measure = [asked, sampler](const std::string& prefix, const host::FileSystem& system) {
    const std::lock_guard lock(asked->mutex);
    if (std::this_thread::get_id() == sampler) ++asked->here;
    if (std::this_thread::get_id() == sampler && system.may_wait) asked->here = 1000;
    if (!system.may_wait) ++asked->cannot_wait;
    return host::measure_space(prefix, system);
  };
  std::atomic<std::uint64_t> warnings = 0;
  host::UsageReader usage(options, warnings);
  const auto after_a_sample = [&] {
    usage.sample();
    const std::lock_guard lock(asked->mutex);
    return std::pair(asked->here, std::exchange(asked->cannot_wait, 0));
  };
  CHECK(after_a_sample().first == 0);
  const auto [here, cannot_wait] = after_a_sample();
  CHECK(here == cannot_wait);
  if (cannot_wait == 0) WARN("not looked at: every file system of this machine may wait");
}

TEST_CASE("A file system that is mounted anew is asked though the old one hangs", "[metrics][sampler]") {
  HostScene scene("ubuntu22");
  auto gate = std::make_shared<Gate>();
  scene.options.probes = std::make_shared<host::Probes>(host::ProbeTimes{1500ms, 5ms, 60s, 3600s});
  scene.options.measure = [gate](const std::string&, const host::FileSystem& system) {
    if (system.minor == 60) gate->pass();
    return HostScene::half_full();
  };
  CHECK(by_name(scene.sample_after(0s).parts, "/mnt/nas").unmeasured == "hung");
  // In a second place it is the same one.
  const std::string again =
      "65 31 0:60 / /n rw,relatime - nfs4 nas.example.com:/export rw,vers=4.2\n60 31 0:60";
  scene.tree.edit("proc/1/mountinfo", "60 31 0:60", again);
  CHECK(by_name(scene.sample_after(5s).parts, "/n").unmeasured == "hung");
  CHECK(scene.options.probes->hanging() == 1);
  scene.tree.edit("proc/1/mountinfo", again, "60 31 0:77");
  CHECK(by_name(scene.sample_after(5s).parts, "/mnt/nas").used == 1000);
  CHECK(scene.options.probes->hanging() == 1);
  gate->let_go();
}

TEST_CASE("Samplers with copies of one set of options share the threads that hang", "[metrics][sampler]") {
  HostScene scene("ubuntu22");
  auto gate = std::make_shared<Gate>();
  scene.options.probes = std::make_shared<host::Probes>(host::ProbeTimes{1500ms, 5ms, 60s, 3600s});
  scene.options.measure = [gate](const std::string&, const host::FileSystem& system) {
    if (system.remote) gate->pass();
    return HostScene::half_full();
  };
  std::atomic<std::uint64_t> warnings = 0;
  host::UsageReader reports(scene.options, warnings);
  host::UsageReader requests(scene.options, warnings);
  CHECK(by_name(reports.sample().parts, "/mnt/nas").unmeasured == "hung");
  CHECK(by_name(requests.sample().parts, "/mnt/nas").unmeasured == "hung");
  CHECK(scene.options.probes->hanging() == 1);
  gate->let_go();
}

TEST_CASE("The wall clock an hour forth and back changes no rate", "[metrics][sampler]") {
  // Shares and rates are over agent::Clock; the test's wall clock runs on while that one stands still.
  HostScene scene("el6");
  Stage stage(scene.options);
  stage.server.call(agent::wire::DynamicRequest{});
  scene.tree.edit("proc/diskstats", "dm-0 4800 0 78000", "dm-0 4900 0 78100");
  scene.tree.edit("proc/stat", "btime 1700000000", "btime 1700003600");
  stage.server.advance(10s);
  const auto usage = usage_of(stage.server.call(agent::wire::DynamicRequest{}));
  CHECK(by_name(usage.parts, "/").read_per_second.value == Approx(100 * 512 / 10.0));
}
