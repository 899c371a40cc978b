// A connection that moves from one loop to another.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "agent/error.hpp"
#include "net/byte_stream.hpp"
#include "net/loops.hpp"
#include "net/websocket.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/frame.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/tcp_socket.hpp"

using namespace agent;
using namespace agent::net;

namespace {

// More than the kernel takes of a client that does not read.
constexpr std::size_t kMuch = 16 * 1024 * 1024;

// Two loops that run, and a client whose connection begins on the first one.
class TwoLoops {
 public:
  explicit TwoLoops(std::shared_ptr<TlsContext> tls = nullptr) {
    asio::ip::tcp::acceptor acceptor(first().io(), {asio::ip::address_v4::loopback(), 0});
    client = std::make_unique<test::TcpSocket>(test::TcpSocket::connect(acceptor.local_endpoint().port()));
    auto codec = tls ? std::make_unique<Tls>(std::move(tls), true) : nullptr;
    stream = std::make_unique<Stream>(first(), acceptor.accept(), std::move(codec));
  }
  ~TwoLoops() {
    loops.stop();
    if (thread_.joinable()) thread_.join();
    stream.reset();
    socket.reset();
  }

  // Begins on the first loop.
  void run(Task<> work) {
    asio::co_spawn(first().io(), std::move(work), [this](std::exception_ptr thrown) {
      if (thrown) done.set_exception(thrown);
    });
    thread_ = std::thread([this] { loops.run(); });
  }

  Loop& first() { return *loops.begin()[0]; }
  Loop& second() { return *loops.begin()[1]; }

  Loops loops{2};
  std::unique_ptr<test::TcpSocket> client;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<WebSocket> socket;
  std::promise<std::string> done;

 private:
  std::thread thread_;
};

Task<> read_on_second(TwoLoops* self, std::string got) {
  while (!got.ends_with("end")) {
    const std::span<char> bytes = co_await self->stream->read();
    if (bytes.empty()) break;
    got.append(bytes.data(), bytes.size());
  }
  self->stream->send("bye");
  self->stream->close_after_writing(std::chrono::seconds(20));
  self->done.set_value(got);
}

// What is queued when it departs waits for the kernel (`waits`), or has not been shown to it.
Task<> read_on_first(TwoLoops* self, bool waits) {
  co_await self->stream->handshake();
  const std::span<char> bytes = co_await self->stream->read();
  std::string got(bytes.data(), bytes.size());
  self->stream->expires_at(Clock::now() + std::chrono::hours(1));
  self->stream->send(std::string(kMuch, 'x'));
  if (waits) co_await test::yield(self->first());
  self->stream->depart();
  self->second().post([self, got] {
    self->stream->arrive(self->second());
    asio::co_spawn(self->second().io(), read_on_second(self, got), asio::detached);
  });
}

void exchange(TwoLoops& loops, bool waits) {
  loops.run(read_on_first(&loops, waits));
  loops.client->send("one ");
  loops.client->send("two ");
  loops.client->send("end");
  auto got = loops.done.get_future();
  const std::string all = loops.client->receive_all();
  REQUIRE(got.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(got.get() == "one two end");
  CHECK(all.size() == kMuch + 3);
  CHECK(all.ends_with("xbye"));
}

Task<> take_on_second(TwoLoops* self, std::string got) {
  while (!got.ends_with("end")) got += co_await self->socket->read();
  self->socket->send("bye");
  self->done.set_value(got);
}

Task<> take_on_first(TwoLoops* self) {
  self->socket = std::make_unique<WebSocket>(std::move(self->stream),
                                             WebSocketOptions{.is_server = true, .deflate = true});
  std::string got = co_await self->socket->read();
  self->socket->depart();
  self->second().post([self, got] {
    self->socket->arrive(self->second());
    asio::co_spawn(self->second().io(), take_on_second(self, got), asio::detached);
  });
}

}  // namespace

TEST_CASE("A connection moves to another loop with all that it has received and has to send", "[net]") {
  TwoLoops loops;
  exchange(loops, GENERATE(false, true));
}

TEST_CASE("A connection moves to another loop with its TLS", "[net]") {
  test::Certificates certificates;
  TwoLoops loops(TlsContext::server({"", certificates.server_cert(), certificates.server_key()}));
  const bool waits = GENERATE(false, true);
  std::thread client([&] {
    loops.client->start_tls(TlsContext::client({certificates.ca(), "", ""}), false);
  });
  loops.run(read_on_first(&loops, waits));
  client.join();
  loops.client->send("one two end");
  auto got = loops.done.get_future();
  const std::string all = loops.client->receive_all();
  REQUIRE(got.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(got.get() == "one two end");
  CHECK(all.size() == kMuch + 3);
}

TEST_CASE("A connection that ends between two loops is closed", "[net]") {
  TwoLoops loops;
  loops.stream->depart();
  loops.stream.reset();
  CHECK(loops.client->is_closed_within(std::chrono::seconds(20)));
}

TEST_CASE("A connection that was closed before it moves is closed afterwards", "[net]") {
  TwoLoops loops;
  loops.stream->close();
  loops.stream->depart();
  loops.stream->arrive(loops.second());
  CHECK(!loops.stream->is_open());
}

TEST_CASE("Messages that have arrived behind the first one move with the connection", "[net]") {
  TwoLoops loops;
  loops.run(take_on_first(&loops));
  // The second one is whole, the third is half there, and one of them is deflated.
  test::Frame deflated{.payload = test::deflated("two "), .rsv1 = true};
  const std::string last = test::encode_frame({.payload = "end"}, true);
  loops.client->send(test::encode_frame({.payload = "one "}, true) + test::encode_frame(deflated, true) +
                     last.substr(0, 4));
  loops.client->send(last.substr(4));
  auto got = loops.done.get_future();
  REQUIRE(got.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(got.get() == "one two end");
  CHECK(loops.client->receive() ==
        "\x81\x03"
        "bye");
}
