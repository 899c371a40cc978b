// Testing an agent's code without a server. TestServer plays the server, in the same process:
//
//   agent::Agent agent("hello-agent", "1.0.0");
//   agent.on<Foo>([](const Foo& foo) { return Bar{"hello, " + foo.name}; });
//   agent::TestServer server(agent);
//   agent::TestCall call = server.call(Foo{"world"});
//   CHECK(call.reply<Bar>().greeting == "hello, world");
//
// The agent is a whole one: hooks, settings, handlers, kept replies and reconnects work as in production.
// Only the network is missing, and time: agent::Clock (agent/clock.hpp) stands still until advance().
// Everything that can happen at one moment has happened when a function of TestServer or TestCall returns, so
// nothing is waited for, and a day of periodic work takes a moment. Each test gives the same result each
// time.
//
// What does not stand still: processes, files and sockets that the agent's code uses itself, with their own
// timeouts (wait_until() waits for them), and the wall clock. Work that offload() gives to another thread is
// waited for. Fetch and the streams of agent/stream.hpp find no server in such a test.
//
// Works with any test framework. One TestServer at a time per thread; everything here belongs to that thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"
#include "agent/clock.hpp"
#include "agent/message.hpp"

namespace agent {

namespace core {
class PlayedServer;
struct TestExchange;
}  // namespace core

// TestCall: one request that a test has made, and what the agent has answered so far. A handle: copies mean
// the same call. Valid as long as its TestServer.
class TestCall {
 public:
  // Replies that have arrived, an error not counted.
  std::size_t replies() const;

  // The reply with this number, in the order in which they were sent; 0 is the first one. Throws
  // Errc::not_found when there is none, with the error that came in its place if one did, and
  // Errc::bad_message when it is of another type than T or does not fit.
  template <Message T>
  T reply(std::size_t number = 0) const {
    return envelope(number, T::message.type).template payload<T>();
  }

  // All replies of type T, in order. Throws Errc::bad_message when one of them does not fit.
  template <Message T>
  std::vector<T> all() const {
    return decode_all<T>(texts());
  }

  // Every reply as it was sent, a JSON text each, an error included.
  const std::vector<std::string>& texts() const;

  // The text of the error that answered the call: what the handler threw, or what it gave to Call::fail(). ""
  // when there is none.
  std::string error() const;

  // The handler has finished: it has returned or thrown, or its coroutine has ended or was cancelled. True,
  // too, for a request of a type that no handler serves.
  bool ended() const;

  // The caller has left and nobody waits for replies any more: the call is cancelled as Call describes. What
  // the handler does about it has happened when this returns.
  void cancel() const;

  // The request's tid, such as "test-1".
  const std::string& tid() const;

 private:
  friend class TestServer;
  explicit TestCall(std::shared_ptr<core::TestExchange> exchange) : exchange_(std::move(exchange)) {}

  Envelope envelope(std::size_t number, int type) const;
  static std::vector<Envelope> envelopes(const std::vector<std::string>& texts, int type);
  template <Message T>
  static std::vector<T> decode_all(const std::vector<std::string>& texts) {
    std::vector<T> out;
    for (const Envelope& message : envelopes(texts, T::message.type)) out.push_back(message.payload<T>());
    return out;
  }

  std::shared_ptr<core::TestExchange> exchange_;
};

// TestServer: the server of a test. From the constructor to the destructor the agent runs, connected under
// the id "test" unless its settings say another, to a server with every capability but `stream`
// (docs/wire.md).
class TestServer {
 public:
  // Starts `agent`, which must have its handlers and hooks and must outlive this, and connects it.
  // `settings`: lines as in its configuration file, `foo.delay = 1s`; the environment counts as always, no
  // file is read. The log goes where it went before (agent/log.hpp): stderr, unless the test opens one.
  //
  // Throws Errc::bad_config with every problem of the settings, and what an on_start hook throws. A hook that
  // pauses is left where it is: the agent connects when advance() lets it go on. An agent runs once, in a
  // test too: for a second TestServer Errc::cancelled is thrown, and Errc::busy while another one lives on
  // this thread.
  explicit TestServer(Agent& agent, std::string_view settings = {});
  // Ends the agent where it is, without its on_stop hooks. To have them called, stop() first.
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // -------------------------------------------------------------------------------------------
  // Messages.

  // Makes a call, and lets the agent do what it can before it has to wait for time. Throws Errc::disconnected
  // when the agent has not connected or has stopped.
  template <Message T>
  TestCall call(const T& request) {
    const std::string tid = next_tid();
    return call_text(T::message.type, tid, encode_message(request, tid));
  }

  // Sends a message that wants no answer: a request without a tid. Throws as call() does.
  template <Message T>
  void send(const T& message) {
    send_text(encode_message(message));
  }

  // Sends a further message under the call's tid. Throws as call() does.
  template <Message T>
  void send(const TestCall& call, const T& message) {
    send_text(encode_message(message, call.tid()));
  }

  // What the agent has sent unasked (Agent::send), of type T, in order, since the start or forget_reports().
  // Its reports on itself are of type wire::AgentInfo.
  template <Message T>
  std::vector<T> reports() const {
    return TestCall::decode_all<T>(report_texts());
  }
  // All of them as they were sent, a JSON text each.
  const std::vector<std::string>& report_texts() const;
  // From here on reports() begins anew.
  void forget_reports();

  // -------------------------------------------------------------------------------------------
  // Time and the connection.

  // Lets this much time pass on agent::Clock: timers go off one after the other, each at its own moment, and
  // all that follows from one happens before the next. Takes no real time but what the agent's code needs:
  // about 30 µs for each moment at which something is due. 0 or less: only what is due already.
  void advance(std::chrono::nanoseconds duration);

  // For code that works with processes, files or sockets of its own: lets the agent run, in real time, until
  // the condition holds; it is looked at after each event. The clock stands still. False after `limit` of
  // real time.
  bool wait_until(std::function<bool()> condition,
                  std::chrono::milliseconds limit = std::chrono::seconds(20));

  // The connection is lost: on_disconnect hooks, and calls are cancelled but for kept ones. Nothing when it
  // is lost already.
  void disconnect();
  // The agent finds the server again. The clock moves on by the agent's pause between two attempts, 2 s at
  // most. Kept calls go on: their replies that were not taken before arrive now. Throws Errc::disconnected
  // when the agent does not come, because it has stopped or has not got through on_start.
  void connect();

  // Agent::stop(), and the time that it takes, 2 s at most: on_stop hooks, then the end of all calls. Throws
  // what ends the agent, if it is that.
  void stop();
  // The agent has not stopped.
  bool running() const;

  // -------------------------------------------------------------------------------------------
  // Metrics.

  // The value of one series, as the agent's metrics show it: `jobs_total` or `jobs_total{kind="disk"}`. A
  // histogram has `x_count`, `x_sum` and its buckets. Throws Errc::not_found when there is no such series.
  double metric(std::string_view series) const;

 private:
  std::string next_tid();
  TestCall call_text(int type, std::string tid, std::string text);
  void send_text(std::string text);

  std::unique_ptr<core::PlayedServer> played_;
};

}  // namespace agent
