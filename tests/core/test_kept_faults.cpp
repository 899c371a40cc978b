#include <catch2/catch.hpp>
#include <random>

#include "tests/core/kept_stage.hpp"
#include "tests/support/fault_proxy.hpp"

using namespace agent;
using namespace test;

namespace {

// A server that reads one kept call through a network that breaks.
class Collector {
 public:
  explicit Collector(Stage& stage) : stage_(stage) {}

  Task<> collect(std::uint64_t count) {
    while (has_ < count) {
      try {
        Socket socket = co_await welcome(&stage_);
        ++sessions;
        co_await collect_from(socket.get(), count);
      } catch (const Error&) {
      }
    }
  }

  int sessions = 0;
  double most_kept = 0;

 private:
  Task<> collect_from(net::WebSocket* socket, std::uint64_t count) {
    std::vector<wire::HeldCall> calls = co_await held(socket);
    socket->send(encode_message(Count{count}, "t-1"));  // unsure whether it arrived
    if (!calls.empty()) socket->send(encode_message(wire::Ack{has_}, "t-1"));
    while (has_ < count) {
      Envelope reply = co_await test::receive(socket);
      most_kept = std::max(most_kept, stage_.counters().kept_bytes.value());
      take(reply);
      if (has_ % 64 == 0 || has_ == count) socket->send(encode_message(wire::Ack{has_}, "t-1"));
    }
  }

  void take(const Envelope& reply) {
    REQUIRE(reply.seq() == has_ + 1);
    REQUIRE(reply.payload<Line>().number == has_ + 1);
    ++has_;
  }

  Stage& stage_;
  std::uint64_t has_ = 0;
};

}  // namespace

TEST_CASE("Each line of 5 MB arrives once and in order through a connection that is cut again and again",
          "[core]") {
  constexpr std::uint64_t kLines = 40'000;  // of 130 bytes
  KeptStage stage;
  stage.counting.filler = std::string(60, 'x');
  stage.server.deflate = GENERATE(false, true);
  test::FaultProxy proxy(static_cast<std::uint16_t>(
      std::stoi(stage.server.address().substr(stage.server.address().find(':') + 1))));
  stage.config.server = {proxy.address()};
  stage.random = -0.5;  // every pause of the back-off has passed already: 2 s - 0.5 * 4 s

  std::minstd_rand random(stage.server.deflate ? 1U : 2U);
  proxy.set_plans([&random, most = stage.server.deflate ? 100'000U : 600'000U] {
    test::FaultPlan plan;
    plan.reset = random() % 2 == 0;
    plan.piece = 1000 + random() % 20'000;
    if (random() % 4 == 0) {
      plan.cut_down = random() % 3000;
    } else {
      plan.cut_up = random() % (random() % 4 == 0 ? 1500 : most);
    }
    return plan;
  });
  stage.play([](Stage& self) -> Task<> {
    Collector collector(self);
    co_await collector.collect(kLines);
    CHECK(collector.sessions > 5);
    CHECK(self.counters().resent_messages.value() > 0);
    CHECK(collector.most_kept < core::kKeptPerCall + 200);
    CHECK(core::state_of(self.agent).outbox.bytes() < core::kKeptPerCall + 1000);
    CHECK(kept(self).counting.started == 1);
    CHECK(kept(self).counting.finished == 1);
  });
}
