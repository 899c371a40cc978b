#include "net/shown_certificate.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "tests/support/certificates.hpp"
#include "tests/support/on_loop.hpp"

using namespace agent;
using namespace agent::net;
using asio::ip::tcp;
using std::chrono::system_clock;

namespace {

// One connection: TLS with `files`, or else a line of text.
struct Place {
  Place(Loop& the_loop, std::optional<TlsFiles> the_files)
      : loop(the_loop),
        files(std::move(the_files)),
        acceptor(loop.io(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(loop.io(), serve(), asio::detached);
  }

  Task<> serve() {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    std::unique_ptr<Tls> tls;
    if (files) tls = std::make_unique<Tls>(TlsContext::server(*files), true);
    stream = std::make_unique<Stream>(loop, std::move(socket), std::move(tls));
    if (!files) stream->send("220 mail.example.org ESMTP\r\n");
    co_await stream->handshake();
  }

  DialOptions way() const {
    DialOptions way;
    way.address = "wss://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    way.timeout = std::chrono::seconds(10);
    return way;
  }

  Loop& loop;
  std::optional<TlsFiles> files;
  tcp::acceptor acceptor;
  std::unique_ptr<Stream> stream;
};

Task<> look(Loop& loop, std::optional<TlsFiles> files, system_clock::time_point* end) {
  Place place(loop, std::move(files));
  DialOptions way = place.way();
  *end = co_await shown_certificate_end(loop, std::move(way));
}

system_clock::time_point end_of(const std::optional<TlsFiles>& files) {
  system_clock::time_point end{};
  test::on_loop([&](Loop& loop) { return look(loop, files, &end); });
  return end;
}

}  // namespace

TEST_CASE("The end of a server's certificate is seen by whoever does not trust it", "[net]") {
  const test::Certificates made;
  const auto now = system_clock::now();
  CHECK(end_of(TlsFiles{"", made.server_cert(), made.server_key()}) > now);
  CHECK(end_of(TlsFiles{"", made.outdated_cert(), made.server_key()}) < now);
  CHECK(end_of(TlsFiles{made.ca(), made.server_cert(), made.server_key()}) > now);  // wants one of ours
}

TEST_CASE("A server that speaks no TLS shows no certificate", "[net]") {
  CHECK_THROWS_AS(end_of(std::nullopt), Error);
}
