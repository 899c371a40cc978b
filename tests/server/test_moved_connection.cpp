// HTTP connections that move to the loop of the agent that a request is about.
#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/event.hpp"
#include "http/body_writer.hpp"
#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/server/shards.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/tcp_socket.hpp"

using namespace server;
using agent::Task;
using test::RawClient;

namespace {

bool runs_here(const Request& request) { return request.loop->io().get_executor().running_in_this_thread(); }

Task<Reply> take(Request* request) {
  const bool began_here = runs_here(*request);
  const std::string body = co_await request->body();
  const std::string id = request->arguments.text("id");
  co_return text_reply(200, id + (began_here && runs_here(*request) ? " here " : " elsewhere ") + body);
}

Task<> count(agent::net::Loop* loop, BodyWriter* writer) {
  for (int i = 0; i < 3; ++i) {
    const bool is_here = loop->io().get_executor().running_in_this_thread();
    writer->write(is_here ? "here " : "elsewhere ");
    co_await agent::pause(std::chrono::milliseconds(0));
  }
}

Reply stream(const Request& request) {
  Reply reply = text_reply(200, "");
  reply.stream = [loop = request.loop](BodyWriter* writer) { return count(loop, writer); };
  return reply;
}

// An agent's name is the number of its loop.
struct Moving {
  Moving() {
    server.options.timeouts.tick = std::chrono::milliseconds(10);
    server.options.hooks.place = [this](std::string_view agent) -> agent::net::Loop& {
      return *server.loops.begin()[static_cast<std::ptrdiff_t>(number(agent))];
    };
    add("POST", "/at/{id}", ReplyTask([](Request* request) { return take(request); }));
    add("GET", "/at/{id}", ReplyTask([](Request* request) { return take(request); }));
    add("GET", "/stream/{id}", ReplyHandler([](Request& request) { return stream(request); }));
    add("GET", "/wait/{id}", ReplyTask([this](Request* request) { return wait(request); }));
  }

  std::size_t number(std::string_view agent) const {
    return std::stoul(std::string(agent)) % server.loops.size();
  }

  void add(std::string_view method, std::string_view pattern, Handler handler) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
    route.at_agent = "id";
    route.handler = std::move(handler);
    server.router.add(std::move(route));
  }

  // Until it is cancelled.
  Task<Reply> wait(Request*) {
    waiting.set_value();
    agent::Event never;
    try {
      co_await never.wait();
    } catch (const agent::Error&) {
      cancelled.set_value();
      throw;
    }
    co_return Reply{};
  }

  std::promise<void> waiting;
  std::promise<void> cancelled;
  test::HttpServer server{test::shards()};
};

std::string get(int agent) { return "GET /at/" + std::to_string(agent) + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

std::string post(int agent, const std::string& body) {
  return "POST /at/" + std::to_string(agent) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

bool is_ready(std::promise<void>& promise) {
  return promise.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready;
}

}  // namespace

TEST_CASE("A request about an agent is handled on the agent's loop, whichever one has the connection",
          "[server][shards]") {
  Moving moving;
  const std::uint16_t port = moving.server.start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<RawClient>(port));
  for (int agent = 0; agent < 40; ++agent) {
    for (auto& client : clients) {
      client->send(get(agent));
      CHECK(body_of(client->read_response()) == std::to_string(agent) + " here ");
    }
  }
  CHECK(moving.server.listener().connections() == 4);
}

TEST_CASE("Requests that wait behind one another move with their connection and are answered in order",
          "[server][shards]") {
  Moving moving;
  RawClient client(moving.server.start());
  std::string requests;
  for (int agent = 0; agent < 200; ++agent)
    requests += agent % 3 == 0 ? get(agent) : post(agent, "body " + std::to_string(agent));
  std::thread sender([&] { client.send(requests); });
  sender.join();
  for (int agent = 0; agent < 200; ++agent) {
    const std::string body = agent % 3 == 0 ? "" : "body " + std::to_string(agent);
    REQUIRE(body_of(client.read_response()) == std::to_string(agent) + " here " + body);
  }
}

TEST_CASE("A body that is on its way is read where the connection has gone", "[server][shards]") {
  Moving moving;
  const std::uint16_t port = moving.server.start();
  for (int agent = 0; agent < 4; ++agent) {
    RawClient client(port);
    const std::string request = post(agent, std::string(30'000, 'b'));
    client.send(request.substr(0, 200));
    client.send(request.substr(200));
    CHECK(body_of(client.read_response()) == std::to_string(agent) + " here " + std::string(30'000, 'b'));
  }
}

TEST_CASE("A connection through TLS moves with it", "[server][shards]") {
  test::Certificates certificates;
  Moving moving;
  moving.server.tls.set(
      agent::net::TlsContext::server({"", certificates.server_cert(), certificates.server_key()}));
  test::TcpSocket client = test::TcpSocket::connect(moving.server.start());
  client.start_tls(agent::net::TlsContext::client({certificates.ca(), "", ""}), false);
  std::string requests;
  for (int agent = 0; agent < 50; ++agent) requests += post(agent, "b");
  client.send(requests + "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = client.receive_all();
  std::size_t at = 0;
  for (int agent = 0; agent < 50; ++agent) {
    at = all.find(std::to_string(agent) + " here b", at);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("A reply that streams does so on the agent's loop", "[server][shards]") {
  Moving moving;
  const std::uint16_t port = moving.server.start();
  for (int agent = 0; agent < 4; ++agent) {
    RawClient client(port);
    client.send("GET /stream/" + std::to_string(agent) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(body_of(client.read_all()) == "here here here ");
  }
}

TEST_CASE("A client that leaves cancels its handler where that has gone", "[server][shards]") {
  Moving moving;
  const std::uint16_t port = moving.server.start();
  const int agent = GENERATE(0, 1, 2, 3);
  RawClient client(port);
  client.send(get(agent + 1));
  client.read_response();
  client.send("GET /wait/" + std::to_string(agent) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(is_ready(moving.waiting));
  client.reset();
  CHECK(is_ready(moving.cancelled));
}

TEST_CASE("A connection that has moved has the deadlines of the loop where it is, and no others",
          "[server][shards]") {
  Moving moving;
  moving.server.options.timeouts.idle = std::chrono::milliseconds(100);
  RawClient client(moving.server.start());
  for (int agent = 0; agent < 8; ++agent) {
    client.send(get(agent));
    CHECK(body_of(client.read_response()) == std::to_string(agent) + " here ");
  }
  CHECK(client.read_all().empty());  // idle
  test::wait_until("no connection", [&] { return moving.server.listener().connections() == 0; });
}

TEST_CASE("A listener that stops ends the connections on every loop", "[server][shards]") {
  Moving moving;
  const std::uint16_t port = moving.server.start();
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int agent = 0; agent < 8; ++agent) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(get(agent));
    clients.back()->read_response();
  }
  moving.server.listener().stop();
  for (auto& client : clients) CHECK(client->read_all().empty());
  test::wait_until("no connection", [&] { return moving.server.listener().connections() == 0; });
}

TEST_CASE("A server may end while connections move", "[server][shards]") {
  Moving moving;
  const std::uint16_t port = moving.server.start();
  std::vector<std::unique_ptr<RawClient>> clients;
  std::string requests;
  for (int agent = 0; agent < 100; ++agent) requests += get(agent);
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(requests);
  }
  clients.front()->read_response();
  moving.server.end();
}

TEST_CASE("A loop that stands still holds up nobody else's requests", "[server][shards]") {
  Moving moving;
  if (moving.server.loops.size() == 1) return;
  const std::uint16_t port = moving.server.start();
  RawClient client(port);
  client.send(get(1));
  client.read_response();
  std::promise<void> go_on;
  std::promise<void> stands;
  const std::shared_future<void> goes_on = go_on.get_future().share();
  moving.server.loops.front().post([&stands, goes_on] {
    stands.set_value();
    goes_on.wait();
  });
  REQUIRE(is_ready(stands));
  client.send(get(1));
  CHECK(body_of(client.read_response()) == "1 here ");
  go_on.set_value();
}
