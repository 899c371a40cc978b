#include <catch2/catch.hpp>

#include "views/view_watch.hpp"

using namespace server::views;
using namespace std::chrono_literals;

namespace {

Version state(std::string json, std::int64_t index = 1, std::int64_t removed = 0) {
  return std::make_shared<ViewVersion>(ViewVersion{{std::move(json), false}, index, removed});
}
Version refusal(std::string why) {
  return std::make_shared<ViewVersion>(ViewVersion{ViewAnswer::refuse(std::move(why)), 1, 0});
}

struct Fixture {
  explicit Fixture(WatchOptions options = {}) : machine(options, now) {}

  void see(const Version& version) { machine.see(version, now); }
  // All that is sent now: "init 1 {}|".
  std::string sent() {
    std::string out;
    while (const auto event = machine.next(now)) {
      out.append(event->name).append(" ").append(std::to_string(event->id));
      const std::string data = event->version ? event->version->answer.text : event->text;
      if (!data.empty()) out.append(" ").append(data);
      out += '|';
    }
    return out;
  }
  void pass(std::chrono::milliseconds time) { now += time; }

  ViewWatch::Time now{1h};
  ViewWatch machine;
};

}  // namespace

TEST_CASE("Events are encoded as the originals' are", "[views]") {
  CHECK(ViewEvent{.name = "init", .id = 1, .version = state("{}")}.encode() ==
        "id: 1\nevent: init\ndata: {}\n\n");
  CHECK(ViewEvent{.name = "heartbeat"}.encode() == "id: 0\nevent: heartbeat\n\n");
  CHECK(ViewEvent{.name = "error", .text = "a\r\nb"}.encode() == "id: 0\nevent: error\ndata: a  b\n\n");
}

TEST_CASE("Ids count without gaps, whatever is not sent", "[views]") {
  Fixture watch;
  CHECK(watch.sent().empty());
  watch.see(state("1"));
  CHECK(watch.sent() == "init 1 1|");
  watch.see(state("1", 2));  // equal content
  CHECK(watch.sent().empty());
  watch.see(state("2", 3));
  CHECK(watch.sent() == "update 2 2|");
  watch.see(state("{}", 4, 4));
  CHECK(watch.sent() == "delete 3 {}|");
  watch.see(state("3", 5, 4));
  CHECK(watch.sent() == "update 4 3|");
}

TEST_CASE("A slow reader misses states, never the last one, and is told that keys went", "[views]") {
  Fixture watch;
  watch.see(state("1"));
  watch.sent();
  watch.see(state("2", 2));
  watch.see(state("3", 3, 3));
  watch.see(state("4", 4, 3));
  CHECK(watch.sent() == "delete 2 4|");
  watch.see(state("5", 5, 3));
  watch.see(state("4", 6, 3));  // as was sent
  CHECK(watch.sent().empty());
}

TEST_CASE("Ids that are revisions are those of the changes", "[views]") {
  Fixture watch({.ids_are_revisions = true});
  watch.see(state("1", 7));
  watch.see(state("2", 9));
  CHECK(watch.sent() == "init 9 2|");
}

TEST_CASE("A client that comes back with the last id is sent nothing until there is more", "[views]") {
  Fixture watch({.ids_are_revisions = true, .last_seen = 7});
  watch.see(state("1", 7));
  CHECK(watch.sent().empty());
  watch.see(state("2", 8));
  CHECK(watch.sent() == "update 8 2|");
}

TEST_CASE("A client that comes back with any other id is sent one init", "[views]") {
  const std::int64_t last_seen = GENERATE(1, 6, 8, 1'000'000'000);
  Fixture watch({.ids_are_revisions = true, .last_seen = last_seen});
  watch.see(state("1", 7));
  CHECK(watch.sent() == "init 7 1|");
}

TEST_CASE("A view's refusal is told once, and the next good state is an update", "[views]") {
  Fixture watch;
  watch.see(state("1"));
  watch.sent();
  watch.see(refusal("sick"));
  CHECK(watch.sent() == "error 0 sick|");
  watch.see(refusal("sick"));
  CHECK(watch.sent().empty());
  watch.see(state("1", 2));  // as before it was sick
  CHECK(watch.sent() == "update 2 1|");
  CHECK_FALSE(watch.machine.is_over());
}

TEST_CASE("A watch that begins with a refusal has its init later", "[views]") {
  Fixture watch;
  watch.see(refusal("sick"));
  CHECK(watch.sent() == "error 0 sick|");
  watch.see(state("1"));
  CHECK(watch.sent() == "init 1 1|");
}

TEST_CASE("A refusal that has passed before it was sent is not told", "[views]") {
  Fixture watch;
  watch.see(state("1"));
  watch.sent();
  watch.see(refusal("sick"));
  watch.see(state("1", 2));
  CHECK(watch.sent().empty());
}

TEST_CASE("A store that is away is told once, and heartbeats go on", "[views]") {
  Fixture watch({.heartbeat = 5s});
  watch.see(state("1"));
  watch.sent();
  watch.machine.see_trouble("store away");
  CHECK(watch.sent() == "error 0 store away|");
  watch.machine.see_trouble("store away, still");
  watch.pass(5s);
  CHECK(watch.sent() == "heartbeat 0|");
  watch.machine.see_trouble("");
  CHECK(watch.sent().empty());
  watch.see(state("2", 2));
  CHECK(watch.sent() == "update 2 2|");
  watch.machine.see_trouble("again");
  CHECK(watch.sent() == "error 0 again|");
}

TEST_CASE("Before the first list there are heartbeats and nothing else", "[views]") {
  Fixture watch({.heartbeat = 1s});
  watch.machine.see_trouble("store away");
  CHECK(watch.sent().empty());
  watch.pass(1s);
  CHECK(watch.sent() == "heartbeat 0|");
}

TEST_CASE("The first error is the end under close_on_error", "[views]") {
  Fixture watch({.heartbeat = 1s, .close_on_error = true});
  watch.see(refusal("sick"));
  CHECK(watch.sent() == "error 0 sick|");
  CHECK(watch.machine.is_over());
  watch.see(state("1"));
  watch.pass(10s);
  CHECK(watch.sent().empty());
  CHECK(watch.machine.wake_at() == ViewWatch::Time::max());
}

TEST_CASE("Heartbeats keep their beat, and those that were missed are gone", "[views]") {
  Fixture watch({.heartbeat = 2s});
  watch.pass(2s);
  CHECK(watch.sent() == "heartbeat 0|");
  watch.pass(7s);
  CHECK(watch.sent() == "heartbeat 0|");
  CHECK(watch.machine.wake_at() == watch.now + 1s);
}

TEST_CASE("A heartbeat of thirty years overflows nothing", "[views]") {
  Fixture watch({.heartbeat = 1'000'000'000s});
  CHECK(watch.machine.wake_at() == watch.now + kMostHeartbeat);
  CHECK(watch.sent().empty());
}

TEST_CASE("A watch without a heartbeat has nothing to wake for", "[views]") {
  Fixture watch;
  CHECK(watch.machine.wake_at() == ViewWatch::Time::max());
}

TEST_CASE("Settling joins changes until it is quiet", "[views]") {
  Fixture watch({.settle = 1s});
  watch.see(state("1"));
  CHECK(watch.sent() == "init 1 1|");  // which nobody waits for
  watch.see(state("2", 2));
  CHECK(watch.sent().empty());
  CHECK(watch.machine.wake_at() == watch.now + 1s);
  watch.pass(900ms);
  watch.see(state("3", 3));
  watch.pass(900ms);
  CHECK(watch.sent().empty());
  watch.pass(100ms);
  CHECK(watch.sent() == "update 2 3|");
}

TEST_CASE("Settling lasts at most twice as long as asked", "[views]") {
  Fixture watch({.settle = 1s});
  watch.see(state("0"));
  watch.sent();
  std::string told;
  for (int i = 1; i <= 500; ++i) {  // a mass restart, one change each 10 ms
    watch.see(state(std::to_string(i), i));
    told += watch.sent();
    watch.pass(10ms);
  }
  watch.pass(1s);
  told += watch.sent();
  CHECK(std::count(told.begin(), told.end(), '|') == 3);
  CHECK(told.ends_with(" 500|"));
}

TEST_CASE("What has come back while it settled is not told", "[views]") {
  Fixture watch({.settle = 1s});
  watch.see(state("1"));
  watch.sent();
  watch.see(state("2", 2));
  watch.see(state("1", 3));
  watch.pass(3s);
  CHECK(watch.sent().empty());
}
