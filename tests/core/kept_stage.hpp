// KeptStage: a Stage whose agent counts in kept calls, and what a server of the capability `ack` says to it.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/wire/kept.hpp"
#include "tests/core/stage.hpp"

namespace test {

// Asks for `count` lines.
struct Count {
  static constexpr agent::MessageKind message{1001, "count"};
  std::uint64_t count = 0;
  static void fields(auto& field) { field("count", &Count::count); }
};

struct Line {
  static constexpr agent::MessageKind message{1002, "line"};
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
  std::optional<agent::Call> call;
};

inline agent::Task<> count(Stage* stage, Counting* self, Count request, agent::Call call) {
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
    agent.on<Count>(
        [this](Count request, agent::Call call) { return count(this, &counting, request, call); });
  }

  Counting counting;
};

inline agent::wire::Handshake capable() {
  agent::wire::Handshake answer;
  answer.ok = true;
  answer.caps = {"ack"};
  return answer;
}

inline agent::Task<Socket> welcome(Stage* stage) {
  agent::wire::Handshake answer = capable();
  Socket socket = co_await stage->server.welcome(answer);
  co_return socket;
}

inline agent::Task<std::vector<agent::wire::HeldCall>> held(agent::net::WebSocket* socket) {
  agent::Envelope message = co_await receive(socket);
  CHECK(message.type() == agent::wire::Held::message.type);
  CHECK(message.tid().empty());
  co_return message.payload<agent::wire::Held>().calls;
}

inline agent::Task<> expect(agent::net::WebSocket* socket, std::uint64_t number) {
  agent::Envelope reply = co_await receive(socket);
  CHECK(reply.tid() == "t-1");
  CHECK(reply.seq() == number);
  CHECK(reply.payload<Line>().number == number);
}

inline void ask(const Socket& socket, std::uint64_t count) {
  socket->send(agent::encode_message(Count{count}, "t-1"));
}

inline void ack(const Socket& socket, std::uint64_t seq, bool over = false) {
  socket->send(agent::encode_message(agent::wire::Ack{seq, over}, "t-1"));
}

// Everything that the agent has received has been acted upon.
inline agent::Task<> settle(Stage* stage, agent::net::WebSocket* socket) {
  const std::uint64_t before = stage->counters().ignored_messages.value();
  socket->send(R"({"type":4711})");
  co_await stage->until_counted(&stage->counters().ignored_messages, before + 1);
}

inline KeptStage& kept(Stage& stage) { return static_cast<KeptStage&>(stage); }

}  // namespace test
