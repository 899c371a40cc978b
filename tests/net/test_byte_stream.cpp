#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "net/byte_stream.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace agent::net;

namespace {

Task<std::string> read_until_end(Stream& stream) {
  std::string all;
  for (;;) {
    std::span<char> bytes = co_await stream.read();
    if (bytes.empty()) co_return all;
    all.append(bytes.data(), bytes.size());
  }
}

Task<> swallow(Task<std::string> reading, std::string* into) { *into = co_await std::move(reading); }

Task<Errc> error_of(Task<std::string> reading) {
  try {
    co_await std::move(reading);
  } catch (const Error& error) {
    co_return error.code();
  }
  FAIL("nothing was thrown");
  co_return Errc::io;
}

// What the other end has without another turn of the loop.
Task<> leave_at_once(Loop& loop) {
  auto [left, right] = test::socket_pair(loop);
  Stream sender(loop, std::move(left));
  right.non_blocking(true);
  sender.out() = "now";
  sender.flush(Flush::at_once);
  CHECK(sender.queued() == 0);
  CHECK(right.available() == 3);
  sender.out() = " and then";
  sender.flush(Flush::at_once);
  // Within kGather of the first, or a machine that took longer than that for two lines.
  CHECK((sender.queued() == 9 || right.available() == 12));
  while (sender.queued() > 0) co_await test::yield(loop);
  CHECK(right.available() == 12);
}

Task<> ten_megabytes(Loop& loop) {
  auto [left, right] = test::socket_pair(loop);
  Stream sender(loop, std::move(left));
  Stream receiver(loop, std::move(right));
  std::string got;
  bool done = false;
  asio::co_spawn(loop.io(), swallow(read_until_end(receiver), &got),
                 [&](std::exception_ptr) { done = true; });
  for (int i = 0; i < 10; ++i) {
    sender.send(std::string(1'000'000, static_cast<char>('a' + i)));
    co_await sender.room(500'000);
    CHECK(sender.queued() <= 500'000);
  }
  sender.close_after_writing(std::chrono::seconds(10));
  while (!done) co_await test::yield(loop);
  CHECK(got.size() == 10'000'000);
  CHECK(got[9'999'999] == 'j');
}

Task<std::string> read_once(Stream& stream) {
  std::span<char> bytes = co_await stream.read();
  co_return std::string(bytes.data(), bytes.size());
}

Task<> gathered(Loop& loop) {
  auto [left, right] = test::socket_pair(loop);
  Stream sender(loop, std::move(left));
  Stream receiver(loop, std::move(right));
  auto queue = [&sender](std::string_view bytes, Flush when) {
    sender.out().append(bytes);
    sender.flush(when);
  };
  // Between the turns of a busy machine the time to gather may pass: it has many attempts.
  std::string got;
  for (int attempt = 0; attempt < 50 && got != "in no hurry"; ++attempt) {
    queue("in no ", Flush::soon);
    co_await test::yield(loop);
    queue("hurry", Flush::now);
    got = co_await read_once(receiver);
    while (!got.ends_with("hurry")) got = co_await read_once(receiver);
  }
  CHECK(got == "in no hurry");
  queue("alone", Flush::soon);  // nothing comes along
  got = co_await read_once(receiver);
  CHECK(got == "alone");
  queue("in no hurry ", Flush::later);
  queue("at all", Flush::soon);  // which takes it along
  got = co_await read_once(receiver);
  CHECK(got == "in no hurry at all");
  queue("alone", Flush::later);
  got = co_await read_once(receiver);
  CHECK(got == "alone");
  queue(std::string(kGatherLimit + 1, 'x'), Flush::soon);
  for (int turn = 0; turn < 3; ++turn) co_await test::yield(loop);
  CHECK(sender.queued() == 0);
}

Task<> silent_peer(Loop& loop) {
  auto [left, right] = test::socket_pair(loop);
  Stream stream(loop, std::move(left));
  stream.expires_at(Clock::now() + std::chrono::milliseconds(50));
  Errc code = co_await error_of(read_until_end(stream));
  CHECK(code == Errc::timeout);
}

Task<> reset_peer(Loop& loop) {
  auto [left, right] = test::socket_pair(loop);
  Stream stream(loop, std::move(left));
  right.set_option(asio::socket_base::linger(true, 0));
  right.close();
  Errc code = co_await error_of(read_until_end(stream));
  CHECK(code == Errc::disconnected);
  stream.send("into the void");
  CHECK(stream.queued() == 0);
}

// Around the size up to which a read needs no second one.
constexpr std::size_t kSizes[] = {1, 511, 512, 513, 1024, 65536};

Task<> sizes(Loop& loop) {
  auto [left, right] = test::socket_pair(loop);
  Stream stream(loop, std::move(left));
  for (const std::size_t size : kSizes) {
    const std::string sent(size, 'x');
    asio::write(right, asio::buffer(sent));
    std::string got;
    while (got.size() < size) {
      std::span<char> bytes = co_await stream.read();
      got.append(bytes.data(), bytes.size());
    }
    CHECK(got == sent);
  }
  CHECK(stream.bytes_in() == 1 + 511 + 512 + 513 + 1024 + 65536);
}

Task<> reset_behind(Loop& loop, std::size_t size) {
  auto [left, right] = test::socket_pair(loop);
  Stream stream(loop, std::move(left));
  const std::string sent(size, 'x');
  asio::write(right, asio::buffer(sent));
  right.set_option(asio::socket_base::linger(true, 0));
  right.close();
  std::string got;
  Errc code{};
  try {
    while (code == Errc{}) {
      std::span<char> bytes = co_await stream.read();
      if (bytes.empty()) code = Errc::io;  // the end: nobody would know that something is missing
      got.append(bytes.data(), bytes.size());
    }
  } catch (const Error& error) {
    code = error.code();
  }
  CHECK(code == Errc::disconnected);
  CHECK((got.empty() || got == sent));
}

struct TlsCase {
  TlsFiles server;
  TlsFiles client;
  std::string name = "localhost";
};

Task<> greet(Stream& stream, std::string text) {
  co_await stream.handshake();
  stream.send(text);
  stream.close_after_writing(std::chrono::seconds(10));
}

Task<std::string> listen(Stream& stream) {
  co_await stream.handshake();
  std::string all = co_await read_until_end(stream);
  co_return all;
}

Task<> over_tls(Loop& loop, TlsCase files, std::string* heard, std::string* peer) {
  auto [left, right] = test::socket_pair(loop);
  Stream client(loop, std::move(left),
                std::make_unique<Tls>(TlsContext::client(files.client), false, files.name));
  Stream server(loop, std::move(right), std::make_unique<Tls>(TlsContext::server(files.server), true));
  std::exception_ptr failure;
  bool done = false;
  asio::co_spawn(loop.io(), greet(client, std::string(300'000, 's')), [&](std::exception_ptr thrown) {
    failure = thrown;
    if (thrown) client.close();
    done = true;
  });
  try {
    *heard = co_await listen(server);
    *peer = server.peer_name();
  } catch (const Error&) {
    if (!failure) failure = std::current_exception();
  }
  server.close();
  while (!done) co_await test::yield(loop);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

TEST_CASE("Bytes in no hurry leave with the next ones, soon at the latest, and much at once", "[net]") {
  test::on_loop(gathered);
}

TEST_CASE("Bytes that leave at once are gone before anything else happens", "[net]") {
  test::on_loop(leave_at_once);
}

TEST_CASE("Ten megabytes pass a stream in order while room() holds the sender back", "[net]") {
  test::on_loop(ten_megabytes);
}

TEST_CASE("A read fails with timeout once the deadline has passed", "[net]") { test::on_loop(silent_peer); }

TEST_CASE("Bytes of every size arrive whole", "[net]") {
  test::on_loop([](Loop& loop) { return sizes(loop); });
}

TEST_CASE("A reset behind bytes of any size is no end of the stream", "[net]") {
  const std::size_t size = GENERATE(from_range(std::begin(kSizes), std::end(kSizes)));
  test::on_loop([size](Loop& loop) { return reset_behind(loop, size); });
}

TEST_CASE("A read fails with disconnected after a reset, and sends are ignored", "[net]") {
  test::on_loop(reset_peer);
}

TEST_CASE("Bytes pass TLS, with the client known by its certificate", "[net]") {
  test::Certificates made;
  TlsCase files{{made.ca(), made.server_cert(), made.server_key()},
                {made.ca(), made.client_cert(), made.client_key()}};
  for (std::string name : {"localhost", "127.0.0.1"}) {
    files.name = name;
    std::string heard, peer;
    test::on_loop([&](Loop& loop) { return over_tls(loop, files, &heard, &peer); });
    CHECK(heard == std::string(300'000, 's'));
    CHECK(peer == "agent-7");
  }
}

TEST_CASE("A certificate that is not trusted, for another name or missing is denied", "[net]") {
  test::Certificates made;
  TlsFiles server{"", made.server_cert(), made.server_key()};
  TlsFiles strict{made.ca(), made.server_cert(), made.server_key()};
  std::string heard, peer;
  auto code = [&](TlsCase files) {
    try {
      test::on_loop([&](Loop& loop) { return over_tls(loop, files, &heard, &peer); });
    } catch (const Error& error) {
      return error.code();
    }
    return Errc::io;
  };
  CHECK(code({server, {made.other_ca(), "", ""}, "localhost"}) == Errc::denied);
  CHECK(code({server, {made.ca(), "", ""}, "example.org"}) == Errc::denied);
  CHECK(code({strict, {made.ca(), "", ""}, "localhost"}) == Errc::denied);
}

TEST_CASE("A TLS file that cannot be used is bad_config naming it and the reason", "[net]") {
  test::Certificates made;
  test::TempDir dir;
  const auto why = [](const TlsFiles& files) {
    try {
      TlsContext::client(files);
    } catch (const Error& error) {
      CHECK(error.code() == Errc::bad_config);
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string missing = dir.file("missing.pem");
  const std::string text = dir.write("text.pem", "not a certificate");
  using Catch::Contains;
  for (const TlsFiles& files : {TlsFiles{missing, "", ""}, TlsFiles{"", missing, made.client_key()},
                                TlsFiles{"", made.client_cert(), missing}}) {
    CHECK_THAT(why(files), Contains(missing) && Contains("No such file or directory"));
  }
  for (const TlsFiles& files : {TlsFiles{dir.path(), "", ""}, TlsFiles{"", text, made.client_key()},
                                TlsFiles{"", made.client_cert(), text}}) {
    CHECK_THAT(why(files), Contains(dir.path()) && !Contains("system lib") && !Contains("PEM lib"));
  }
  CHECK_THAT(why({"", made.client_cert(), made.server_key()}), Contains("key values mismatch"));
  CHECK_THROWS_WITH(TlsContext::server({"", missing, missing}), Contains("No such file or directory"));
}
