// Clients that shut their sending half, end, or reset their connection while their request is handled.
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "base/event.hpp"
#include "http/body_writer.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"

using namespace server;
using namespace std::chrono_literals;
using test::HttpServer;
using test::RawClient;

namespace {

// Waits on the loop until the handler is cancelled, and tells so.
agent::Task<Reply> wait_for_ever(std::promise<void>* begun, std::promise<void>* cancelled) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(1h);
  begun->set_value();
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const std::exception&) {
    cancelled->set_value();
    throw;
  }
  co_return Reply();
}

// Waits for the client's FIN, and answers.
agent::Task<Reply> wait_for_parting(Request* request) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(1h);
  request->when_parted([&timer] { timer.cancel(); });
  asio::error_code ended;
  auto token = asio::redirect_error(asio::use_awaitable, ended);
  co_await timer.async_wait(token);
  request->when_parted(nullptr);
  co_return text_reply(200, "farewell");
}

// Writes a second time once the client has shut its sending half, and then waits until it is cancelled.
agent::Task<> write_twice(Request* request, BodyWriter* writer, std::promise<void>* cancelled) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(1h);
  request->when_parted([writer] { writer->write("second"); });
  writer->write("first");
  try {
    co_await timer.async_wait(asio::use_awaitable);
  } catch (const std::exception&) {
    request->when_parted(nullptr);
    cancelled->set_value();
    throw;
  }
}

agent::Task<> beat(BodyWriter* writer, std::promise<void>* cancelled) {
  try {
    for (;;) {
      writer->write("beat");
      co_await writer->room();
      co_await agent::pause(100ms);
    }
  } catch (const std::exception&) {
    cancelled->set_value();
    throw;
  }
}

// From here on nothing reaches the client, so that its machine answers nothing.
void vanish(RawClient& client) {
  sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  const sock_fprog program{1, &drop};
  REQUIRE(setsockopt(client.socket().native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                     sizeof program) == 0);
}

struct Site {
  Site() {
    add("/hello", ReplyHandler([](Request&) { return text_reply(200, "hello"); }));
    add("/wait", ReplyTask([this](Request*) { return wait_for_ever(&begun, &cancelled); }));
    add("/parting", ReplyTask([](Request* request) { return wait_for_parting(request); }));
    add("/once", ReplyHandler([this](Request& request) {
          Reply reply = text_reply(200, "");
          reply.stream = [this, asked = &request](BodyWriter* writer) {
            return write_twice(asked, writer, &cancelled);
          };
          return reply;
        }));
    add("/beat", ReplyHandler([this](Request&) {
          return endless_reply("text/plain", [this](BodyWriter* writer) { return beat(writer, &cancelled); });
        }));
    server.options.timeouts.tick = 10ms;
  }

  void add(std::string_view pattern, Handler handler) {
    Route route;
    route.method = "GET";
    route.pattern = pattern;
    route.handler = std::move(handler);
    server.router.add(std::move(route));
  }

  HttpServer server;
  std::promise<void> begun;
  std::promise<void> cancelled;
};

const std::string kHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

}  // namespace

TEST_CASE("A client that resets its connection in the middle of a call ends the call", "[server]") {
  Site site;
  RawClient client(site.server.start());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n" + kHello);
  REQUIRE(site.begun.get_future().wait_for(10s) == std::future_status::ready);
  client.reset();
  CHECK(site.cancelled.get_future().wait_for(10s) == std::future_status::ready);
}

TEST_CASE("A client that has shut its sending half gets its answers, and the handler is told", "[server]") {
  Site site;
  std::uint16_t port = site.server.start();
  RawClient client(port);
  client.send("GET /parting HTTP/1.1\r\nHost: x\r\n\r\n" + kHello);
  client.shut_down();
  CHECK_THAT(client.read_response(), Catch::EndsWith("farewell"));
  CHECK_THAT(client.read_response(), Catch::EndsWith("hello"));
  CHECK(client.read_all().empty());
}

TEST_CASE("A client that has ended is noticed without a word from it or to it", "[server]") {
  Site site;
  site.server.options.timeouts.probe = 1s;
  RawClient client(site.server.start());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(site.begun.get_future().wait_for(10s) == std::future_status::ready);
  const int second = 1;  // in place of the minute for which its machine would remember the connection
  setsockopt(client.socket().native_handle(), IPPROTO_TCP, TCP_LINGER2, &second, sizeof second);
  client.close();
  CHECK(site.cancelled.get_future().wait_for(15s) == std::future_status::ready);
}

TEST_CASE("A client whose machine has vanished is noticed while there is nothing to tell it", "[server]") {
  Site site;
  site.server.options.timeouts.probe = 1s;
  RawClient client(site.server.start());
  client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(site.begun.get_future().wait_for(10s) == std::future_status::ready);
  vanish(client);
  CHECK(site.cancelled.get_future().wait_for(15s) == std::future_status::ready);
}

TEST_CASE("A client whose machine has vanished is noticed while it is told something", "[server]") {
  Site site;
  site.server.options.timeouts.probe = 1s;
  RawClient client(site.server.start());
  client.send("GET /beat HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("beat");
  vanish(client);
  CHECK(site.cancelled.get_future().wait_for(15s) == std::future_status::ready);
}

TEST_CASE("A stream ends at the first write that its client does not take", "[server]") {
  Site site;
  RawClient client(site.server.start());
  client.send("GET /once HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_until("first");
  client.close();  // with a FIN; the next piece is answered with RST
  CHECK(site.cancelled.get_future().wait_for(10s) == std::future_status::ready);
}
