#include "hub/receiver.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/server/rig.hpp"

using namespace server;
using namespace std::chrono_literals;
using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::Task;
using test::FakeAgent;
using test::Rig;

namespace {

constexpr const char* kTid = "20260301-00001-0000000000000000";
constexpr const char* kReport = R"({"type":7,"ai":{}})";

// Keeps what arrives until it is taken; has room for `limit` messages.
class Basket final : public Receiver {
 public:
  explicit Basket(std::size_t limit, bool pauses = true) : limit_(limit), pauses_(pauses) {}

  const std::string& tid() const override { return tid_; }
  bool has_room(std::size_t) const override { return size() < limit_; }
  bool pauses() const override { return pauses_; }
  void put(Envelope envelope, std::size_t) override {
    std::lock_guard lock(mutex_);
    types_.push_back(envelope.type());
  }
  void end(CallEnd end) override {
    std::lock_guard lock(mutex_);
    ended_ = std::move(end);
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return types_.size();
  }
  int take() {
    std::lock_guard lock(mutex_);
    const int type = types_.at(0);
    types_.erase(types_.begin());
    return type;
  }
  std::optional<CallEnd> ended() const {
    std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  const std::string tid_ = kTid;
  const std::size_t limit_;
  const bool pauses_;
  mutable std::mutex mutex_;
  std::vector<int> types_;
  std::optional<CallEnd> ended_;
};

void join(const std::shared_ptr<Session>& session, const std::shared_ptr<Receiver>& receiver) {
  session->home().mailbox().run([session, receiver] { session->join(receiver); });
}

void leave(const std::shared_ptr<Session>& session) {
  session->home().mailbox().run([session] { session->leave(kTid); });
}

std::string message(int number) { return fmt::format(R"({{"type":{},"tid":"{}"}})", 1000 + number, kTid); }

// Lets the session read its pings.
Task<> listen(FakeAgent* agent) {
  try {
    for (;;) co_await agent->socket->read();
  } catch (const Error&) {
  }
}

Task<> joined(Rig& rig, agent::net::Loop* where) {
  FakeAgent agent(rig, *where);
  co_await agent.come("a");
  auto session = rig.hub.find("a");
  auto basket = std::make_shared<Basket>(10);
  join(session, basket);
  const auto entered = [&] { return basket.use_count() == 2; };
  co_await test::until(rig.loop, entered);
  for (int i = 0; i < 3; ++i) agent.socket->send(message(i));
  const auto arrived = [&] { return basket->size() == 3; };
  co_await test::until(rig.loop, arrived);
  for (int i = 0; i < 3; ++i) CHECK(basket->take() == 1000 + i);
  CHECK(session->traffic().out_packets == 0);

  leave(session);
  const auto left = [&] { return basket.use_count() == 1; };
  co_await test::until(rig.loop, left);
  agent.socket->send(message(3));
  const auto read = [&] { return session->traffic().in_packets == 4; };
  co_await test::until(rig.loop, read);
  CHECK(basket->size() == 0);
  CHECK_FALSE(basket->ended());
}

Task<> opened_twice(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a");
  auto session = rig.hub.find("a");
  auto first = std::make_shared<Basket>(10);
  auto second = std::make_shared<Basket>(10);
  session->open(first, message(0));
  session->open(second, message(1));
  CHECK_FALSE(first->ended());
  REQUIRE(second->ended());
  CHECK(second->ended()->result == CallResult::busy);
  const Envelope sent = co_await agent.read();
  CHECK(sent.type() == 1000);
  CHECK(session->traffic().out_packets == 1);
}

// The session has read what the receiver took, what it has room for, and one message that waits.
Task<> paced(Rig& rig, agent::net::Loop* where) {
  constexpr int kMessages = 500;
  constexpr std::size_t kRoom = 3;
  FakeAgent agent(rig, *where);
  co_await agent.come("a");
  auto session = rig.hub.find("a");
  auto basket = std::make_shared<Basket>(kRoom);
  join(session, basket);
  for (int i = 0; i < kMessages; ++i) agent.socket->send(message(i));
  for (int i = 0; i < kMessages; ++i) {
    const std::size_t wanted = std::min<std::size_t>(kRoom, static_cast<std::size_t>(kMessages - i));
    const auto full = [&] { return basket->size() == wanted; };
    co_await test::until(rig.loop, full);
    REQUIRE(session->traffic().in_packets <= static_cast<std::size_t>(i) + kRoom + 1);
    REQUIRE(basket->take() == 1000 + i);
    session->resume();
  }
  CHECK_FALSE(basket->ended());
}

Task<> pause(Rig& rig, FakeAgent* agent, std::shared_ptr<Basket> basket) {
  co_await agent->come("a");
  auto session = rig.hub.find("a");
  join(session, basket);
  agent->socket->send(message(0));
  agent->socket->send(message(1));
  agent->socket->send(kReport);
  const auto paused = [&] { return session->traffic().in_packets == 2; };
  co_await test::until(rig.loop, paused);
  CHECK(session->report() == nullptr);
}

Task<> until_reported(Rig& rig) {
  auto session = rig.hub.find("a");
  REQUIRE(session);
  const auto reported = [&] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);
}

Task<> left(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  auto basket = std::make_shared<Basket>(1);
  co_await pause(rig, &agent, basket);
  leave(rig.hub.find("a"));
  co_await until_reported(rig);
  CHECK(basket->size() == 1);
}

Task<> too_long(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  auto basket = std::make_shared<Basket>(1);
  co_await pause(rig, &agent, basket);
  co_await until_reported(rig);
  REQUIRE(basket->ended());
  CHECK(basket->ended()->result == CallResult::overflow);
  CHECK(basket->size() == 1);
}

Task<> not_silent(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  auto basket = std::make_shared<Basket>(1);
  co_await pause(rig, &agent, basket);
  auto session = rig.hub.find("a");
  const auto start = agent::net::Clock::now();
  rig.spawn(rig.loop, listen(&agent));
  // Longer than the silence that ends a session, and the agent hears from the server all the time.
  const auto pinged = [&] { return agent.socket->last_heard() > start + 2500ms; };
  co_await test::until(rig.loop, pinged);
  CHECK(rig.hub.find("a") == session);
  basket->take();
  session->resume();
  co_await until_reported(rig);
  CHECK(basket->take() == 1001);
  CHECK_FALSE(basket->ended());
  co_await test::finish(rig);
}

Task<> closed(Rig& rig, bool by_agent) {
  auto agent = std::make_unique<FakeAgent>(rig, rig.second);
  auto basket = std::make_shared<Basket>(1);
  co_await pause(rig, agent.get(), basket);
  if (by_agent) {
    agent.reset();
  } else {
    rig.hub.find("a")->close(1000, "enough");
  }
  const auto is_over = [&] { return basket->ended().has_value(); };
  co_await test::until(rig.loop, is_over);
  CHECK(basket->ended()->result == CallResult::disconnected);
}

struct Seen {
  std::mutex mutex;
  std::vector<std::string> events;

  std::string text() {
    std::lock_guard lock(mutex);
    return fmt::format("{}", fmt::join(events, ","));
  }
};

Task<> watched(Rig& rig, Seen* seen) {
  FakeAgent first(rig, rig.second);
  co_await first.come("a");
  first.socket->send(kReport);
  co_await until_reported(rig);
  CHECK(seen->text() == "+a");
  FakeAgent refused(rig);
  const std::string no_come = R"({"type":8})";
  co_await refused.say(no_come);
  first.socket.reset();
  const auto gone = [&] { return rig.hub.size() == 0; };
  co_await test::until(rig.loop, gone);
  const auto told = [&] { return seen->text() == "+a,-a"; };
  co_await test::until(rig.loop, told);
}

}  // namespace

TEST_CASE("A receiver that joins gets the messages of its tid, until it leaves", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  rig.run(joined(rig, same ? &rig.loop : &rig.second));
}

TEST_CASE("A tid has one receiver: the second is ended and its message is not sent", "[server]") {
  Rig rig;
  rig.run(opened_twice(rig));
}

TEST_CASE("A session reads no further than its receiver has room for, and loses nothing", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  rig.run(paced(rig, same ? &rig.loop : &rig.second));
}

TEST_CASE("A receiver that leaves holds up its session no longer", "[server]") {
  Rig rig;
  rig.run(left(rig));
}

TEST_CASE("A receiver that has no room for too long is ended, and its session reads on", "[server]") {
  HubOptions options;
  options.keep_alive.pause = 100ms;
  Rig rig(options);
  rig.run(too_long(rig));
}

TEST_CASE("An agent whose session does not read is not taken for silent, and hears pings", "[server]") {
  HubOptions options;
  options.keep_alive.ping = 500ms;
  options.keep_alive.close = 1500ms;
  Rig rig(options);
  rig.run(not_silent(rig));
}

TEST_CASE("A session that does not read can end", "[server]") {
  HubOptions options;
  options.keep_alive.ping = 200ms;
  Rig rig(options);
  const bool by_agent = GENERATE(true, false);
  rig.run(closed(rig, by_agent));
}

TEST_CASE("The hub tells when sessions begin and end", "[server]") {
  Rig rig;
  Seen seen;
  rig.hub.on_session([&seen](Session& session, bool begins) {
    std::lock_guard lock(seen.mutex);
    seen.events.push_back((begins ? "+" : "-") + session.id());
  });
  rig.run(watched(rig, &seen));
}
