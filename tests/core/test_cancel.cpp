// What becomes of a handler when nobody waits for its answer any more.
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "agent/wire/call.hpp"
#include "agent/wire/kept.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

constexpr std::chrono::hours kForever{1};

// A handler notes what becomes of it.
struct Seen {
  std::optional<Call> call;
  std::optional<Errc> thrown;
  bool cleaned_up = false;
  bool finished = false;
};

struct CleanUp {
  explicit CleanUp(Seen& the_seen) : seen(the_seen) {}
  ~CleanUp() { seen.cleaned_up = true; }
  CleanUp(const CleanUp&) = delete;
  CleanUp& operator=(const CleanUp&) = delete;
  Seen& seen;
};

struct CancelStage : Stage {
  Seen seen;
  std::promise<void> go_on;
};

CancelStage& of(Stage& stage) { return static_cast<CancelStage&>(stage); }

Task<> wait_forever(Seen* seen, Call call) {
  seen->call = call;
  const CleanUp clean_up(*seen);
  try {
    co_await Agent::pause(kForever);
  } catch (const Error& error) {
    seen->thrown = error.code();
    throw;
  }
}

Task<> keep_and_wait(Seen* seen, Call call) {
  call.keep();
  seen->call = call;
  while (!call.cancelled()) co_await Agent::pause(std::chrono::milliseconds(1));
  co_await Agent::pause(std::chrono::milliseconds(1));
  seen->finished = true;
}

// A session in which the server may give up calls.
Task<Socket> welcome(Stage* stage, std::vector<std::string> caps) {
  wire::Handshake capable;
  capable.ok = true;
  capable.caps = std::move(caps);
  Socket socket = co_await stage->server.welcome(capable);
  co_return socket;
}

void give_up(const Socket& socket, std::string_view tid) {
  socket->send(encode_message(wire::Cancel(), tid));
}

// A message whose answer comes behind the effects of all earlier ones.
Task<> settle(net::WebSocket* socket) {
  socket->send(R"({"type":1500,"tid":"settle"})");
  for (bool found = false; !found;) {
    Envelope answer = co_await test::receive(socket);
    found = answer.tid() == "settle";
  }
}

Task<> until_handler_runs(Stage* stage) {
  auto runs = [stage] { return of(*stage).seen.call.has_value(); };
  co_await stage->until(runs);
}

// Asks, and goes away as soon as the handler runs.
Task<> ask_and_leave(Stage* stage) {
  Socket socket = co_await stage->server.welcome();
  socket->send(R"({"type":8,"tid":"t-1"})");
  auto runs = [stage] { return of(*stage).seen.call.has_value(); };
  co_await stage->until(runs);
  CHECK_FALSE(of(*stage).seen.call->cancelled());
}

Task<> until_none_runs(Stage* stage) {
  auto none = [stage] { return stage->counters().running_calls.value() == 0; };
  co_await stage->until(none);
}

}  // namespace

TEST_CASE("A lost session ends what its handlers wait for, and they clean up", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) { return wait_forever(&stage.seen, call); });
  stage.play([](Stage& self) -> Task<> {
    co_await ask_and_leave(&self);
    co_await until_none_runs(&self);
  });
  CHECK(stage.seen.thrown == Errc::cancelled);
  CHECK(stage.seen.cleaned_up);
  CHECK(stage.seen.call->cancelled());
  CHECK(stage.counters().failed_calls.value() == 0);
}

TEST_CASE("The calls of the next session are not those of the last one", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) { return wait_forever(&stage.seen, call); });
  stage.play([](Stage& self) -> Task<> {
    co_await ask_and_leave(&self);
    co_await until_none_runs(&self);
    of(self).seen = Seen();
    Socket socket = co_await self.server.welcome();
    socket->send(R"({"type":8,"tid":"t-2"})");
    auto runs = [&self] { return of(self).seen.call.has_value(); };
    co_await self.until(runs);
    for (int i = 0; i < 20; ++i) co_await test::yield(self.loop);
    CHECK_FALSE(of(self).seen.call->cancelled());
    CHECK_FALSE(of(self).seen.cleaned_up);
    CHECK(self.counters().running_calls.value() == 1);
  });
}

TEST_CASE("A handler that keeps its call goes on without a session, where nothing is kept, too", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) { return keep_and_wait(&stage.seen, call); });
  stage.play([](Stage& self) -> Task<> {
    co_await ask_and_leave(&self);
    co_await until_none_runs(&self);
  });
  CHECK(stage.seen.finished);
}

TEST_CASE("A lost session is noticed by a handler whose work is done elsewhere", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) -> Task<> {
    stage.seen.call = call;
    auto work = [&stage] { stage.go_on.get_future().wait(); };
    try {
      co_await stage.agent.offload(work);
      stage.seen.finished = true;
    } catch (const Error& error) {
      stage.seen.thrown = error.code();
    }
  });
  stage.play([](Stage& self) -> Task<> {
    co_await ask_and_leave(&self);
    auto cancelled = [&self] { return of(self).seen.call->cancelled(); };
    co_await self.until(cancelled);
    CHECK(self.counters().running_calls.value() == 1);  // the work uses what the handler has
    of(self).go_on.set_value();
    co_await until_none_runs(&self);
  });
  CHECK(stage.seen.thrown == Errc::cancelled);
  CHECK_FALSE(stage.seen.finished);
}

TEST_CASE("A server that gives up a call ends what its handler waits for, and no other call", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) { return wait_forever(&stage.seen, call); });
  stage.play([](Stage& self) -> Task<> {
    std::vector<std::string> caps{"cancel", "end"};
    Socket socket = co_await welcome(&self, std::move(caps));
    socket->send(R"({"type":8,"tid":"t-1"})");
    co_await until_handler_runs(&self);
    give_up(socket, "t-2");
    give_up(socket, "");
    co_await settle(socket.get());
    CHECK_FALSE(of(self).seen.call->cancelled());
    give_up(socket, "t-1");
    co_await until_none_runs(&self);
    CHECK(of(self).seen.call->cancelled());
    give_up(socket, "t-1");  // over already
    co_await settle(socket.get());
    CHECK(self.counters().cancelled_calls.value() == 1);
    CHECK(self.counters().bad_messages.value() == 0);
  });
  CHECK(stage.seen.thrown == Errc::cancelled);
  CHECK(stage.seen.cleaned_up);
  CHECK(stage.counters().failed_calls.value() == 0);
}

TEST_CASE("A handler that keeps its call goes on when its server gives the call up", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) { return keep_and_wait(&stage.seen, call); });
  stage.play([](Stage& self) -> Task<> {
    std::vector<std::string> caps{"cancel", "end"};
    Socket socket = co_await welcome(&self, std::move(caps));
    socket->send(R"({"type":8,"tid":"t-1"})");
    co_await until_handler_runs(&self);
    give_up(socket, "t-1");
    co_await until_none_runs(&self);
  });
  CHECK(stage.seen.finished);
}

TEST_CASE("Replies that are kept for a call go when its server gives it up", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) -> Task<> {
    call.keep();
    call.send(wire::Bar());
    stage.seen.call = call;
    while (!call.cancelled()) co_await Agent::pause(std::chrono::milliseconds(1));
    call.send(wire::Bar());  // to nobody
    stage.seen.finished = true;
  });
  stage.play([](Stage& self) -> Task<> {
    std::vector<std::string> caps{"ack", "cancel", "end"};
    Socket socket = co_await welcome(&self, std::move(caps));
    socket->send(R"({"type":8,"tid":"t-1"})");
    co_await until_handler_runs(&self);
    CHECK(self.counters().kept_bytes.value() > 0);
    give_up(socket, "t-1");
    co_await until_none_runs(&self);
    CHECK(of(self).seen.finished);
    CHECK(self.counters().kept_bytes.value() == 0);
    CHECK(self.counters().dropped_replies.value() == 1);
  });
}

TEST_CASE("A server that has not agreed to it gives up nothing", "[core]") {
  CancelStage stage;
  stage.agent.on<wire::Foo>([&stage](wire::Foo, Call call) { return wait_forever(&stage.seen, call); });
  stage.play([](Stage& self) -> Task<> {
    std::vector<std::string> caps{"end"};
    Socket socket = co_await welcome(&self, std::move(caps));
    socket->send(R"({"type":8,"tid":"t-1"})");
    co_await until_handler_runs(&self);
    give_up(socket, "t-1");
    co_await settle(socket.get());
    CHECK_FALSE(of(self).seen.call->cancelled());
  });
}
