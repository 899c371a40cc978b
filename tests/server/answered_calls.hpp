// What tests of calls share: the outcome of a call, and an agent that answers.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "agent/message.hpp"
#include "agent/task.hpp"
#include "agent/wire/control.hpp"
#include "hub/ask.hpp"
#include "tests/server/rig.hpp"

namespace test {

// Result and text of a call, "" = ok.
struct Outcome {
  agent::Errc code{};
  std::string text;
};

template <class Reply>
agent::Task<Outcome> outcome(agent::Task<Reply> call) {
  Outcome out;
  try {
    co_await std::move(call);
  } catch (const agent::Error& error) {
    out = Outcome{error.code(), error.what()};
  }
  co_return out;
}

inline std::string result(const char* name) {
  return fmt::format("agent_server_calls_total{{result=\"{}\"}}", name);
}

// Answers every request with `text`, where %tid% is the request's.
inline agent::Task<> answer(FakeAgent* agent, std::string text, int times = 1) {
  try {
    for (;;) {
      agent::Envelope request = co_await agent->read();
      std::string reply = text;
      const std::size_t place = reply.find("%tid%");
      if (place != std::string::npos) reply.replace(place, 5, request.tid());
      for (int i = 0; i < times; ++i) agent->socket->send(reply);
    }
  } catch (const agent::Error&) {
  }
}

// A call on the rig's loop to an agent, whose session lives on `session_loop`.
struct OpenCall {
  OpenCall(Rig& the_rig, agent::net::Loop& session_loop, const server::CallLimits& the_limits = {})
      : rig(the_rig), limits(the_limits), peer(rig, session_loop) {}

  // Until the agent has the request.
  agent::Task<> open() {
    co_await peer.come("a");
    call.emplace(rig.hub.find("a"), server::kReplyTimeout, limits);
    const agent::wire::Foo foo;
    call->send(foo);
    co_await peer.read();
  }

  Rig& rig;
  const server::CallLimits limits;
  FakeAgent peer;
  std::optional<server::Call> call;
};

inline constexpr const char* kBar = R"({"type":9,"tid":"%tid%"})";

}  // namespace test
