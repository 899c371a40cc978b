#include "examples/metrics-agent/host/probes.hpp"

#include <agent/agent.hpp>
#include <agent/testing.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using host::Probe;
using host::ProbeEnd;
using host::Probes;
using host::ProbeTimes;

namespace {

// Deadlines that end soon. What hangs does so until the test lets it go, so that no answer depends on the
// time.
constexpr ProbeTimes kSoon{1500ms, 5ms, 60s, 240s};
// Nothing hangs, however busy the machine is.
constexpr ProbeTimes kPatient{60s, 60s, 60s, 240s};

// Things that hang until they are let go; the rest answers at once. Shared with threads that outlive run().
class Things {
 public:
  void hang(const std::string& name) {
    const std::lock_guard lock(mutex_);
    hanging_.insert(name);
  }
  void let_go(const std::string& name) {
    const std::lock_guard lock(mutex_);
    hanging_.erase(name);
    change_.notify_all();
  }
  void ask(const std::string& name) {
    std::unique_lock lock(mutex_);
    ++asked_[name];
    ++inside_[name];
    change_.notify_all();
    change_.wait(lock, [&] { return !hanging_.contains(name); });
    --inside_[name];
    change_.notify_all();
  }
  int asked(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return asked_[name];
  }
  int inside(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return inside_[name];
  }

 private:
  std::mutex mutex_;
  std::condition_variable change_;
  std::set<std::string> hanging_;
  std::map<std::string, int> asked_;
  std::map<std::string, int> inside_;
};

class Scene {
 public:
  std::vector<ProbeEnd> run(const std::vector<std::string>& names) {
    std::vector<Probe> questions;
    for (const std::string& name : names) questions.push_back({name, false});
    auto things = things_;
    return probes_.run(questions, [things, names](std::size_t i) { things->ask(names[i]); });
  }
  void until_none_hangs() {
    while (probes_.hanging() > 0) std::this_thread::yield();
  }

  Things& things() { return *things_; }
  Probes& probes() { return probes_; }

 private:
  std::shared_ptr<Things> things_ = std::make_shared<Things>();
  Probes probes_{kSoon};
};

using Ends = std::vector<ProbeEnd>;

// The clock of pauses is the agent's, which a test moves.
struct Time {
  agent::Agent played{"probes-agent", "1.0.0"};
  agent::TestServer server{played};
};

}  // namespace

TEST_CASE("Questions are answered in order on one thread", "[metrics][probes]") {
  Probes probes(kPatient);
  auto threads = std::make_shared<std::vector<std::thread::id>>();
  const std::vector<Probe> questions{{"a", false}, {"b", false}, {"c", true}};
  const auto ask = [threads](std::size_t) { threads->push_back(std::this_thread::get_id()); };
  for (int round = 0; round < 3; ++round) CHECK(probes.run(questions, ask) == Ends(3, ProbeEnd::answered));
  CHECK(threads->size() == 9);
  CHECK(std::set(threads->begin(), threads->end()).size() == 1);
  CHECK(threads->front() != std::this_thread::get_id());
  CHECK(probes.run({}, ask).empty());
}

TEST_CASE("A thing that hangs keeps nobody else from answering", "[metrics][probes]") {
  Scene scene;
  scene.things().hang("nfs");
  CHECK(scene.run({"a", "nfs", "b"}) == Ends{ProbeEnd::answered, ProbeEnd::hung, ProbeEnd::answered});
  CHECK(scene.probes().hanging() == 1);
  scene.things().let_go("nfs");
  scene.until_none_hangs();
}

TEST_CASE("At most one thread hangs for each thing, ever", "[metrics][probes]") {
  const Time time;
  Scene scene;
  scene.things().hang("nfs");
  CHECK(scene.run({"nfs", "a"}).front() == ProbeEnd::hung);
  for (int i = 0; i < 50; ++i) CHECK(scene.run({"nfs", "a"}) == Ends{ProbeEnd::resting, ProbeEnd::answered});
  CHECK(scene.things().asked("nfs") == 1);
  CHECK(scene.things().inside("nfs") == 1);
  CHECK(scene.probes().hanging() == 1);
  scene.things().let_go("nfs");
  scene.until_none_hangs();
}

TEST_CASE("A thing that hung is asked again with growing pauses", "[metrics][probes]") {
  Time time;
  Scene scene;
  for (const auto pause : {60s, 120s, 240s, 240s}) {
    scene.things().hang("nfs");
    CHECK(scene.run({"nfs"}).front() == ProbeEnd::hung);
    scene.things().let_go("nfs");
    scene.until_none_hangs();
    time.server.advance(pause - 1s);
    CHECK(scene.run({"nfs"}).front() == ProbeEnd::resting);
    time.server.advance(1s);
  }
  CHECK(scene.run({"nfs"}).front() == ProbeEnd::answered);
  // Now it is as good as any other, and its first pause would be the short one again.
  scene.things().hang("nfs");
  CHECK(scene.run({"nfs"}).front() == ProbeEnd::hung);
  scene.things().let_go("nfs");
  scene.until_none_hangs();
  time.server.advance(60s);
  CHECK(scene.run({"nfs"}).front() == ProbeEnd::answered);
  CHECK(scene.things().asked("nfs") == 7);
}

TEST_CASE("Many that hang at once cost one deadline, and the rest still answers", "[metrics][probes]") {
  Scene scene;
  std::vector<std::string> names;
  for (int i = 0; i < 8; ++i) {
    names.push_back("nfs" + std::to_string(i));
    scene.things().hang(names.back());
  }
  names.emplace_back("root");
  // Those that are not reached before the deadline are next time, when the others rest.
  while (scene.things().asked("root") == 0) scene.run(names);
  CHECK(scene.run({"root"}) == Ends{ProbeEnd::answered});
  for (int i = 0; i < 8; ++i) CHECK(scene.things().asked("nfs" + std::to_string(i)) == 1);
  for (const std::string& name : names) scene.things().let_go(name);
  scene.until_none_hangs();
}

TEST_CASE("Probes end while a thread hangs", "[metrics][probes]") {
  auto things = std::make_shared<Things>();
  things->hang("nfs");
  {
    Probes probes(kSoon);
    CHECK(probes.run({{"nfs", true}}, [things](std::size_t) { things->ask("nfs"); }) == Ends{ProbeEnd::hung});
  }
  CHECK(things->inside("nfs") == 1);
  things->let_go("nfs");
  while (things->inside("nfs") > 0) std::this_thread::yield();
}

TEST_CASE("Consumers at the same time ask one after the other", "[metrics][probes]") {
  Scene scene;
  scene.things().hang("nfs");
  std::atomic<int> hung = 0;
  std::vector<std::thread> consumers;
  for (int i = 0; i < 4; ++i) {
    consumers.emplace_back([&] {
      const Ends ends = scene.run({"nfs", "a"});
      hung += ends[0] == ProbeEnd::hung ? 1 : 0;
    });
  }
  for (std::thread& consumer : consumers) consumer.join();
  CHECK(hung == 1);
  CHECK(scene.things().asked("nfs") == 1);
  scene.things().let_go("nfs");
  scene.until_none_hangs();
}
