#include <catch2/catch.hpp>

#include "tests/core/kept_stage.hpp"

using namespace agent;
using namespace test;

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
    const Call call = kept(self).counting.call.value();
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
    CHECK_FALSE(call.cancelled());
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
    const Call call = kept(self).counting.call.value();
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
    CHECK(kept(self).counting.call.value().cancelled());
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

TEST_CASE("A call ends with its session without the capability, and nothing is numbered", "[core]") {
  KeptStage stage;
  stage.counting.allowed = 1;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    ask(socket, 5);
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.seq() == 0);
    socket.reset();
    auto cancelled = [&self] { return kept(self).counting.call.value().cancelled(); };
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
    CHECK(kept(self).counting.call.value().cancelled());
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

TEST_CASE("An agent that stops waits until the server has what calls that are over have answered", "[core]") {
  KeptStage stage;
  stage.timing.stop = std::chrono::hours(1);
  stage.timing.farewell = std::chrono::hours(1);
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await welcome(&self);
    co_await held(socket.get());
    ask(socket, 1);
    co_await expect(socket.get(), 1);
    Counting& counting = kept(self).counting;
    auto is_over = [&counting] { return counting.finished == 1; };
    co_await self.until(is_over);
    self.agent.stop();
    co_await settle(&self, socket.get());
    CHECK(self.agent.connected());
    ack(socket, 1);
    co_await self.until_stopped();
  });
}

TEST_CASE("Calls that are settled are forgotten, and others stay", "[core]") {
  KeptStage stage;
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake answer = capable();
    answer.caps.emplace_back(wire::kBriefCapability);
    Socket socket = co_await self.server.welcome(answer);
    co_await held(socket.get());
    socket->send(encode_message(Count{2}, "t-1"));
    for (int i = 0; i < 2; ++i) co_await test::receive(socket.get());
    socket->send(encode_message(Count{1}, "t-2"));
    co_await test::receive(socket.get());
    const wire::Settled settled{{"t-1", "t-unknown"}};
    socket->send(encode_message(settled));
    co_await settle(&self, socket.get());
    socket.reset();

    Socket next = co_await self.server.welcome(answer);
    std::vector<wire::HeldCall> calls = co_await held(next.get());
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].tid == "t-2");
  });
}
