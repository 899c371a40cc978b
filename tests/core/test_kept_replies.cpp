#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <random>

#include "agent/wire/kept.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/fault_proxy.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

// Asks for `count` lines.
struct Count {
  static constexpr MessageKind message{1001, "count"};
  std::uint64_t count = 0;
  static void fields(auto& field) { field("count", &Count::count); }
};

struct Line {
  static constexpr MessageKind message{1002, "line"};
  std::uint64_t number = 0;
  std::string filler;
  static void fields(auto& field) {
    field("number", &Line::number);
    field("filler", &Line::filler);
  }
};

// A handler and what a test wants to know about it.
struct Counting {
  int started = 0;
  int finished = 0;
  std::uint64_t sent = 0;
  std::uint64_t allowed = std::numeric_limits<std::uint64_t>::max();  // it waits there
  std::string filler;
  std::string failure;  // after the last line
  std::optional<Call> call;
};

Task<> count(Stage* stage, Counting* self, Count request, Call call) {
  call.keep();
  ++self->started;
  self->call = call;
  for (std::uint64_t number = 1; number <= request.count; ++number) {
    auto may_go_on = [self, number] { return number <= self->allowed; };
    co_await stage->until(may_go_on);
    co_await call.room();
    Line line{number, self->filler};
    call.send(line);
    self->sent = number;
  }
  ++self->finished;
  self->call.reset();
  if (!self->failure.empty()) throw std::runtime_error(self->failure);
}

struct KeptStage : Stage {
  KeptStage() {
    agent.on<Count>([this](Count request, Call call) { return count(this, &counting, request, call); });
  }

  Counting counting;
};

wire::Handshake capable() {
  wire::Handshake answer;
  answer.ok = true;
  answer.caps = {"ack"};
  return answer;
}

Task<Socket> welcome(Stage* stage) {
  wire::Handshake answer = capable();
  Socket socket = co_await stage->server.welcome(answer);
  co_return socket;
}

Task<std::vector<wire::HeldCall>> held(net::WebSocket* socket) {
  Envelope message = co_await test::receive(socket);
  CHECK(message.type() == wire::Held::message.type);
  CHECK(message.tid().empty());
  co_return message.payload<wire::Held>().calls;
}

Task<> expect(net::WebSocket* socket, std::uint64_t number) {
  Envelope reply = co_await test::receive(socket);
  CHECK(reply.tid() == "t-1");
  CHECK(reply.seq() == number);
  CHECK(reply.payload<Line>().number == number);
}

void ask(const Socket& socket, std::uint64_t count) { socket->send(encode_message(Count{count}, "t-1")); }

void ack(const Socket& socket, std::uint64_t seq, bool over = false) {
  socket->send(encode_message(wire::Ack{seq, over}, "t-1"));
}

// Everything that the agent has received has been acted upon.
Task<> settle(Stage* stage, net::WebSocket* socket) {
  const std::uint64_t before = stage->counters().ignored_messages.value();
  socket->send(R"({"type":4711})");
  co_await stage->until_counted(&stage->counters().ignored_messages, before + 1);
}

KeptStage& kept(Stage& stage) { return static_cast<KeptStage&>(stage); }

}  // namespace

TEST_CASE("A kept call lives on, and sends what was not acknowledged again", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 3;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    std::vector<wire::HeldCall> calls = co_await held(socket.get());
    CHECK(calls.empty());
    ask(socket, 5);
    for (std::uint64_t number = 1; number <= 3; ++number) co_await expect(socket.get(), number);
    ack(socket, 1);
    co_await settle(&self, socket.get());
    socket.reset();

    Socket next = co_await welcome(&self);
    calls = co_await held(next.get());
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].tid == "t-1");
    CHECK(calls[0].first == 2);
    CHECK(calls[0].next == 4);
    kept(self).counting.allowed = 4;
    auto sent = [&self] { return kept(self).counting.sent == 4; };
    co_await self.until(sent);
    next->send(encode_message(Count{1}, "t-2"));
    Envelope other = co_await test::receive(next.get());
    CHECK(other.tid() == "t-2");  // nothing of t-1 before it is acknowledged

    ack(next, 2);
    for (std::uint64_t number = 3; number <= 4; ++number) co_await expect(next.get(), number);
    CHECK(self.counters().resent_messages.value() == 1);
    CHECK(self.counters().kept_bytes.value() > 0);
    CHECK(self.counters().dropped_replies.value() == 0);
    CHECK_FALSE(kept(self).counting.call->cancelled());
  });
}

TEST_CASE("The calls that live on are told before reports that waited", "[core]") {
  KeptStage stage;
  stage.agent.send(Line{7, {}});
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    Envelope report = co_await test::receive(socket.get());
    CHECK(report.payload<Line>().number == 7);
  });
}

TEST_CASE("A kept call that has finished waits for the acknowledgement of its last reply", "[core]") {
  KeptStage stage;
  stage.counting.failure = "nothing more to count";
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 1);
    co_await expect(socket.get(), 1);
    Envelope error = co_await test::receive(socket.get());
    CHECK(error.type() == wire::kErrorType);
    CHECK(error.seq() == 2);
    CHECK(kept(self).counting.finished == 1);
    socket.reset();

    Socket next = co_await welcome(&self);
    std::vector<wire::HeldCall> calls = co_await held(next.get());
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].next == 3);
    ack(next, 1);
    error = co_await test::receive(next.get());
    CHECK(error.seq() == 2);
    CHECK(error.errmsg() == "nothing more to count");
    ack(next, 2);
    co_await settle(&self, next.get());
    CHECK(self.counters().kept_bytes.value() == 0);
    next.reset();

    Socket last = co_await welcome(&self);
    calls = co_await held(last.get());
    CHECK(calls.empty());
  });
}

TEST_CASE("A kept call that the server gives up is cancelled", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 2;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 5);
    co_await expect(socket.get(), 1);
    co_await expect(socket.get(), 2);
    ack(socket, 1, true);
    co_await settle(&self, socket.get());
    const Call call = *kept(self).counting.call;
    CHECK(call.cancelled());
    CHECK(self.counters().kept_bytes.value() == 0);
    call.send(Line{});
    CHECK(self.counters().dropped_replies.value() == 1);

    kept(self).counting.allowed = 5;  // its next room() throws
    auto over = [&self] { return self.counters().running_calls.value() == 0; };
    co_await self.until(over);
    CHECK(kept(self).counting.sent == 2);
    socket.reset();
    Socket next = co_await welcome(&self);
    std::vector<wire::HeldCall> calls = co_await held(next.get());
    CHECK(calls.empty());
  });
}

TEST_CASE("A call whose acknowledgement makes no sense is cancelled, and the session lasts", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 1;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 5);
    co_await expect(socket.get(), 1);
    socket->send(R"({"type":10100,"tid":"t-1"})");  // no payload: skipped
    ack(socket, 7);
    co_await settle(&self, socket.get());
    CHECK(kept(self).counting.call->cancelled());
    CHECK(self.counters().bad_messages.value() == 2);
  });
}

TEST_CASE("A request that comes again does not start its kept call twice", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 2;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 2);
    ask(socket, 2);
    co_await expect(socket.get(), 1);
    co_await expect(socket.get(), 2);
    socket.reset();
    Socket next = co_await welcome(&self);
    co_await held(next.get());
    ask(next, 2);
    co_await settle(&self, next.get());
    CHECK(kept(self).counting.started == 1);
    CHECK(self.counters().duplicate_requests.value() == 2);
  });
}

TEST_CASE("Without the capability a call ends with its session, and nothing is numbered", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 1;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    ask(socket, 5);
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.seq() == 0);
    socket.reset();
    auto cancelled = [&self] { return kept(self).counting.call->cancelled(); };
    co_await self.until(cancelled);
    kept(self).counting.allowed = 5;
    auto over = [&self] { return self.counters().running_calls.value() == 0; };
    co_await self.until(over);
  });
}

TEST_CASE("A session without the capability ends the calls that lived on", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 1;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 5);
    co_await expect(socket.get(), 1);
    socket.reset();
    Socket original = co_await self.server.welcome();
    co_await self.until_counted(&self.counters().reconnects, 1);
    CHECK(kept(self).counting.call->cancelled());
    CHECK(self.counters().kept_bytes.value() == 0);
  });
}

TEST_CASE("A kept call that is ahead of the server waits, connected or not", "[core]") {
  KeptStage stage;
  stage.counting.filler = std::string(10'000, 'x');
  stage.play([](Stage& self) -> Task<> {
    self.server.deflate = false;
    constexpr std::uint64_t kAhead = 27;  // the 27th exceeds 256 KiB
    Counting& counting = kept(self).counting;
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 100);
    for (std::uint64_t number = 1; number <= kAhead; ++number) co_await expect(socket.get(), number);
    co_await settle(&self, socket.get());
    CHECK(counting.sent == kAhead);
    ack(socket, 10);
    for (std::uint64_t number = 1; number <= 10; ++number) co_await expect(socket.get(), kAhead + number);
    co_await settle(&self, socket.get());
    CHECK(counting.sent == kAhead + 10);
    socket.reset();

    Socket next = co_await welcome(&self);
    std::vector<wire::HeldCall> calls = co_await held(next.get());
    CHECK(calls.at(0).first == 11);
    CHECK(calls.at(0).next == kAhead + 11);
    CHECK(counting.sent == kAhead + 10);
    ack(next, kAhead + 10);
    for (std::uint64_t number = kAhead + 11; number <= 60; ++number) co_await expect(next.get(), number);
  });
}

TEST_CASE("An agent that stops does not wait for acknowledgements", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 1;
  stage.timing.stop = std::chrono::hours(1);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 5);
    co_await expect(socket.get(), 1);
    self.agent.stop();
    co_await self.until_stopped();
  });
  CHECK(stage.counting.sent == 1);
}

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
    CHECK(self.agent.parts().outbox.bytes() < core::kKeptPerCall + 1000);
    CHECK(kept(self).counting.started == 1);
    CHECK(kept(self).counting.finished == 1);
  });
}
