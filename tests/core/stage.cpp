#include "tests/core/stage.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <utility>

#include "tests/support/socket_pair.hpp"

namespace test {

using namespace agent;
using asio::ip::tcp;

namespace {

// For a part that hangs: under ASan one took 12 s, and beside compilers more than 20 s.
constexpr std::chrono::seconds kLimit{120};

}  // namespace

FakeServer::FakeServer(net::Loop& loop)
    : loop_(loop), acceptor_(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  acceptor_.set_option(
      tcp::socket::receive_buffer_size(16 * 1024));  // a server that does not read is noticed soon
}

std::string FakeServer::address() const {
  return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

Task<std::unique_ptr<net::Stream>> FakeServer::next_stream() {
  tcp::socket accepted = co_await acceptor_.async_accept(asio::use_awaitable);
  auto stream = std::make_unique<net::Stream>(loop_, std::move(accepted));
  if (tls) stream->start_tls(std::make_unique<net::Tls>(tls, true));
  co_await stream->handshake();
  co_return stream;
}

Task<Socket> FakeServer::accept() {
  std::unique_ptr<net::Stream> stream = co_await next_stream();
  net::HttpReader reader(*stream, net::HttpParser::Kind::request);
  std::optional<net::HttpHead> head = co_await reader.head();
  request = std::move(*head);
  net::Upgrade upgrade = net::accept_upgrade(request, deflate);
  net::HeaderList headers{
      {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", upgrade.accept}};
  if (upgrade.deflate) headers.emplace_back("Sec-WebSocket-Extensions", upgrade.extensions);
  net::write_response_head(stream->out(), 101, headers);
  stream->flush();
  net::WebSocketOptions options{.is_server = true, .deflate = upgrade.deflate};
  std::string rest = reader.take_rest();
  co_return std::make_unique<net::WebSocket>(std::move(stream), options, std::move(rest));
}

Task<> FakeServer::refuse(std::string response) {
  std::unique_ptr<net::Stream> stream = co_await next_stream();
  net::HttpReader reader(*stream, net::HttpParser::Kind::request);
  std::optional<net::HttpHead> head = co_await reader.head();
  request = std::move(*head);
  stream->send(response);
  stream->close_after_writing(std::chrono::seconds(5));
}

Task<Socket> FakeServer::welcome(wire::Handshake answer) {
  Socket socket = co_await accept();
  std::string text = co_await socket->read();
  come = Envelope::parse(std::move(text)).payload<wire::Come>();
  socket->send(encode_message(answer));
  co_return socket;
}

Task<Socket> FakeServer::welcome() {
  wire::Handshake accepted;
  accepted.ok = true;
  Socket socket = co_await welcome(accepted);
  co_return socket;
}

Task<Envelope> receive(net::WebSocket* socket) {
  for (;;) {
    std::string text = co_await socket->read();
    Envelope message = Envelope::parse(std::move(text));
    if (message.type() != wire::AgentInfo::message.type) co_return message;
  }
}

Stage::Stage() : config(core::state_of(agent).config) {
  config.server = {server.address()};
  config.id = "tester";
}

void Stage::start() {
  auto draw = [this] { return random; };
  runtime.emplace(loop, core::state_of(agent), Backoff(draw), timing);
}

void Stage::play(Part part) {
  start();
  bool ended = false;
  std::exception_ptr failure;
  asio::co_spawn(loop.io(), part(*this), [&](std::exception_ptr thrown) {
    failure = thrown;
    ended = true;
    loop.stop();
  });
  loop.io().run_for(kLimit);
  if (failure) std::rethrow_exception(failure);
  REQUIRE((ended || (expect_stop && loop.io().stopped())));
}

Task<> Stage::until(std::function<bool()> condition) {
  while (!condition()) co_await yield(loop);
}

Task<> Stage::until_connected() {
  while (!agent.connected()) co_await yield(loop);
}

Task<> Stage::until_stopped() {
  expect_stop = true;
  for (;;) co_await yield(loop);
}

Task<> Stage::until_counted(metrics::Counter* counter, std::uint64_t value) {
  while (counter->value() < value) co_await yield(loop);
}

}  // namespace test
