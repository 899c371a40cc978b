// When kept replies leave. What leaves in which order: test_outbox.cpp.
#include "core/sender.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;
using core::Counters;
using core::Outbox;
using core::Sender;

namespace {

// A session of an agent that keeps one call.
struct Session {
  Session(net::Loop& the_loop, Pace pace) : loop(the_loop), counters(registry) {
    auto [left, right] = test::socket_pair(loop);
    socket.emplace(std::make_unique<net::Stream>(loop, std::move(left)), net::WebSocketOptions{});
    peer.emplace(loop, std::move(right));
    outbox.kept().add("k", 10, pace);
    sender.attach(*socket);
  }
  ~Session() { sender.detach(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Whether a reply of the call is on its way as soon as the loop has had a turn.
  Task<bool> leaves() {
    outbox.kept().push("k", "{}");
    sender.send_kept();
    co_await test::yield(loop);
    const bool has_left = socket->stream().queued() == 0;
    sender.flush();
    co_await test::yield(loop);
    co_return has_left;
  }

  net::Loop& loop;
  metrics::Registry registry;
  Counters counters;
  Outbox outbox{1000};
  Sender sender{loop, outbox, counters};
  std::optional<net::WebSocket> socket;
  std::optional<net::Stream> peer;
};

}  // namespace

TEST_CASE("A prompt call's replies leave at once", "[core]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Session session(loop, Pace::prompt);
    for (int i = 0; i < 3; ++i) {
      const bool has_left = co_await session.leaves();
      CHECK(has_left);
    }
  });
}

TEST_CASE("Replies of another kept call wait for those that follow", "[core]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Session session(loop, Pace::gathered);
    // Between the turns of a busy machine the time to gather may pass: it has many attempts.
    bool has_left = true;
    for (int attempt = 0; attempt < 50 && has_left; ++attempt) has_left = co_await session.leaves();
    CHECK_FALSE(has_left);
  });
}
