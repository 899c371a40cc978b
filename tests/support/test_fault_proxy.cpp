#include <catch2/catch.hpp>

#include "tests/support/fault_proxy.hpp"

using namespace test;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kQuiet{50};  // nothing comes within it: nothing comes

// A client and its target, with the proxy between them.
struct Line {
  explicit Line(const FaultPlan& plan = {}) : proxy(listener.port()) {
    proxy.set_plan(plan);
    client.emplace(TcpSocket::connect(proxy.port()));
    if (!plan.swallow) target.emplace(listener.accept());
  }

  TcpListener listener;
  FaultProxy proxy;
  std::optional<TcpSocket> client;
  std::optional<TcpSocket> target;
};

std::string receive_exactly(TcpSocket& socket, std::size_t size) {
  std::string all;
  while (all.size() < size) all += socket.receive();
  return all;
}

}  // namespace

TEST_CASE("A proxy without a plan passes everything on, ends included", "[support]") {
  Line line;
  line.client->send("question");
  CHECK(receive_exactly(*line.target, 8) == "question");
  line.target->send("answer");
  line.target->close();
  CHECK(line.client->receive_all() == "answer");
  line.client->close();
  wait_until("the link's end", [&] { return line.proxy.alive() == 0; });
  CHECK(line.proxy.accepted() == 1);
}

TEST_CASE("A proxy cuts after the planned byte in either direction", "[support]") {
  Line up({.cut_up = 3});
  up.client->send("abcdef");
  CHECK(up.target->receive_all() == "abc");
  CHECK(up.client->is_closed_within(kPatience));

  Line down({.cut_down = 2, .reset = true});
  down.target->send("abcdef");
  CHECK(down.target->is_closed_within(kPatience));
}

TEST_CASE("A proxy passes bytes on one by one", "[support]") {
  Line line({.piece = 1});
  const std::string text(500, 'x');
  line.client->send(text);
  line.client->finish();
  CHECK(line.target->receive_all() == text);
  CHECK(line.proxy.pieces() == text.size());
}

TEST_CASE("A black hole lets nothing through until it ends", "[support]") {
  Line line;
  line.proxy.black_hole();
  line.client->send("hello");
  CHECK_THROWS_AS(line.target->receive(kQuiet), TimedOut);
  line.proxy.go_on();
  CHECK(line.target->receive() == "hello");
}

TEST_CASE("A swallowed connection is open and silent", "[support]") {
  Line line({.swallow = true});
  line.client->send("hello");
  CHECK_FALSE(line.client->is_closed_within(kQuiet));
  CHECK_FALSE(line.listener.is_called_within(kQuiet));
}

TEST_CASE("Half-open: one side is reset and the other hears nothing of it", "[support]") {
  Line line;
  line.proxy.drop_clients();
  CHECK(line.client->is_closed_within(kPatience));
  line.target->send("is anybody there?");
  CHECK_FALSE(line.target->is_closed_within(kQuiet));
}

TEST_CASE("A proxy whose target is gone resets its clients", "[support]") {
  TcpListener listener;
  FaultProxy proxy(listener.port());
  listener.close();
  CHECK(TcpSocket::connect(proxy.port()).is_closed_within(kPatience));
}
