#include "agent/app.hpp"

#include <catch2/catch.hpp>

#include "tests/core/stage.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

// A port of an original agent.
class Ported : public App {
 public:
  std::string agent_name() const override { return "ported-agent"; }
  std::string version() const override { return "1.2.3"; }
  std::string conf_path() const override { return "/opt/ported-agent/conf/agent.conf"; }
  void on_rewrite_configuration() override { events += "id=" + configuration().id + " "; }
  void on_connect() override { events += "connect "; }
  void on_disconnect() override { events += "disconnect "; }
  void on_report_monitor() override {
    if (events.ends_with("report ")) return;
    events += "report ";
    push(wire::Foo());
  }
  void on_message(const Envelope& message, Call call) override {
    if (message.type() == wire::Foo::message.type) call.send(wire::Bar());
  }
  void on_stop() override { events += "stop "; }

  std::string events;
};

// Reads on, as servers do: the agent's close is answered.
Task<> until_left(net::WebSocket* socket) {
  try {
    for (;;) co_await test::receive(socket);
  } catch (const Error&) {
  }
}

}  // namespace

TEST_CASE("An App of the original's shape runs on an Agent", "[core]") {
  Ported app;
  Stage stage;
  stage.config.id = "";
  stage.config.monitor.enabled = true;
  stage.config.monitor.interval = std::chrono::milliseconds(1);
  app.attach(stage.agent);
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake answer;
    answer.ok = true;
    answer.id = "agent-7";
    Socket socket = co_await self.server.welcome(answer);
    socket->send(R"({"type":8,"tid":"t-1"})");
    bool answered = false;
    bool pushed = false;
    while (!answered || !pushed) {
      Envelope message = co_await test::receive(socket.get());
      answered = answered || (message.type() == 9 && message.tid() == "t-1");
      pushed = pushed || (message.type() == 8 && message.tid().empty());
    }
    self.agent.stop();
    co_await until_left(socket.get());
    co_await self.until_stopped();
  });
  CHECK(app.events == "id=agent-7 connect report stop disconnect ");
}

TEST_CASE("An App's configuration path stands in for a missing --conf", "[core]") {
  Ported app;
  char program[] = "ported-agent";
  char* arguments[] = {program, nullptr};
  CHECK(run_app(app, 1, arguments) == 78);  // it is not there
}
