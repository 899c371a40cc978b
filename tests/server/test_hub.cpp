#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "tests/server/rig.hpp"

using namespace server;
using namespace std::chrono_literals;
using agent::Errc;
using agent::Error;
using test::Rig;

namespace {

// A session that was never connected: enough for the table.
class Sessions {
 public:
  Sessions() : socket_(make_socket()) {}

  std::shared_ptr<Session> make(const std::string& id, const std::string& type = "example-agent") {
    agent::wire::Come come;
    come.id = id;
    come.name = type;
    return std::make_shared<Session>(rig_.hub.at(rig_.loop), *socket_, come);
  }
  Hub& hub() { return rig_.hub; }
  SessionTable& table() { return rig_.hub.at(rig_.loop).sessions(); }

 private:
  std::unique_ptr<agent::net::WebSocket> make_socket() {
    auto stream = std::make_unique<agent::net::Stream>(rig_.loop, asio::ip::tcp::socket(rig_.loop.io()));
    return std::make_unique<agent::net::WebSocket>(std::move(stream), agent::net::WebSocketOptions{});
  }

  Rig rig_;
  std::unique_ptr<agent::net::WebSocket> socket_;
};

Errc error_of(Hub& hub, std::string_view id, std::string_view type, std::string* text) {
  try {
    hub.find_agent(id, type);
  } catch (const Error& error) {
    *text = error.what();
    return error.code();
  }
  FAIL("nothing was thrown");
  return Errc::io;
}

}  // namespace

TEST_CASE("A session is inserted only where there is none of its id", "[server]") {
  Sessions sessions;
  SessionTable table;
  auto first = sessions.make("a");
  auto second = sessions.make("a");
  CHECK(table.insert(first) == nullptr);
  CHECK(table.insert(second) == first);
  CHECK(table.find("a") == first);
  CHECK(table.size() == 1);
}

TEST_CASE("A session is removed only while it is the stored one", "[server]") {
  Sessions sessions;
  SessionTable table;
  auto first = sessions.make("a");
  auto second = sessions.make("a");
  table.insert(first);
  CHECK(table.replace(*first, second));
  CHECK(!table.remove(*first));
  CHECK(table.find("a") == second);
  first.reset();  // the key must not live in it
  CHECK(table.find("a") == second);
  CHECK(table.remove(*second));
  CHECK(table.size() == 0);
}

TEST_CASE("A session is replaced only while it is the stored one", "[server]") {
  Sessions sessions;
  SessionTable table;
  auto first = sessions.make("a");
  auto second = sessions.make("a");
  CHECK(!table.replace(*first, second));
  CHECK(table.find("a") == nullptr);
}

TEST_CASE("Sessions are listed by id", "[server]") {
  Sessions sessions;
  SessionTable& table = sessions.table();
  for (int i = 99; i >= 10; --i) table.insert(sessions.make("agent-" + std::to_string(i)));
  const auto all = sessions.hub().list();
  REQUIRE(all.size() == 90);
  for (int i = 10; i < 100; ++i)
    CHECK(all[static_cast<std::size_t>(i - 10)]->id() == "agent-" + std::to_string(i));
  for (const auto& session : all) CHECK(table.remove(*session));
}

TEST_CASE("An agent is found by id and type, or the error says what is there", "[server]") {
  Sessions sessions;
  Hub& hub = sessions.hub();
  sessions.table().insert(sessions.make("a", "metrics-agent"));
  CHECK(hub.find_agent("a", "metrics-agent")->id() == "a");
  CHECK(hub.find_agent("a", "")->id() == "a");
  std::string text;
  CHECK(error_of(hub, "b", "metrics-agent", &text) == Errc::not_found);
  CHECK(text == "agent");
  CHECK(error_of(hub, "a", "exec-agent", &text) == Errc::wrong_type);
  CHECK(text == "invalid agent type want [exec-agent] got [metrics-agent]");
  sessions.table().remove(*hub.find("a"));
}

TEST_CASE("Connects beyond the limit are refused with a time and counted", "[server]") {
  HubOptions options;
  options.connect_limit = 10;
  Rig rig(options);
  const auto now = agent::net::Clock::now() + 10s;
  for (int i = 0; i < 10; ++i) CHECK(!rig.hub.admit(now));
  CHECK(rig.hub.admit(now) == 1s);
  CHECK(test::series(rig.metrics, "agent_server_connects_total{result=\"rate_limit\"}") == 1);
}
