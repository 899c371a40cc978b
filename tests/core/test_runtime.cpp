#include "core/runtime.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <thread>
#include <utility>

#include "agent/log.hpp"
#include "core/build_info.hpp"
#include "core/reload.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/socket_pair.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

struct Note {
  static constexpr MessageKind message{1003, "note"};
  std::string text;
  static void fields(auto& field) { field("text", &Note::text); }
};

Task<std::string> reason_of_loss(net::WebSocket* socket) {
  try {
    for (;;) co_await socket->read();
  } catch (const Error& error) {
    co_return error.what();
  }
}

}  // namespace

TEST_CASE("The agent reports on itself at each interval, after the hook", "[core]") {
  Stage stage;
  stage.config.monitor.enabled = true;
  stage.config.monitor.interval = std::chrono::milliseconds(5);
  stage.agent.on_report([&stage] { stage.agent.send(Note{"own report"}); });
  stage.agent.on<wire::Foo>([](const wire::Foo&) { return wire::Bar(); });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    for (int i = 0; i < 2; ++i) {
      std::string text = co_await socket->read();
      CHECK(Envelope::parse(std::move(text)).payload<Note>().text == "own report");
      text = co_await socket->read();
      Envelope report = Envelope::parse(std::move(text));
      REQUIRE(report.type() == 7);
      CHECK(report.tid().empty());
      for (std::string_view key : {"v",  "gv", "cu", "mu", "ts",  "rs",  "st",  "hi",  "gc",  "ip", "ib",
                                   "op", "ob", "pe", "pr", "rcc", "puc", "pop", "pob", "rcs", "wcs"}) {
        CHECK(report.root().find("ai").text().find("\"" + std::string(key) + "\":") != std::string::npos);
      }
      auto info = report.payload<wire::AgentInfo>();
      CHECK(info.version == "1.2.3");
      CHECK(info.go_version == core::tool_chain());
      CHECK_THAT(info.go_version, Catch::StartsWith("c++ "));
      CHECK(info.memory_usage > 0);
      CHECK(info.threads >= 1);
      CHECK(info.startup > 1'700'000'000);
      CHECK(info.gc.has_value());
      CHECK(info.in_packets == static_cast<std::uint64_t>(i));
      CHECK(info.out_packets >= 1);
      socket->send(encode_message(wire::Foo(), "t-1"));
      Envelope bar = co_await test::receive(socket.get());
      while (bar.type() != 9) bar = co_await test::receive(socket.get());  // reports may come before it
    }
  });
}

TEST_CASE("There is no self-report without a session", "[core]") {
  Stage stage;
  stage.config.server = {"127.0.0.1:1"};
  stage.config.monitor.enabled = true;
  stage.config.monitor.interval = std::chrono::milliseconds(1);
  int ticks = 0;
  bool reported = false;
  stage.agent.on_report([&reported] { reported = true; });
  stage.agent.every(std::chrono::milliseconds(2), [&] {
    if (++ticks == 10) stage.loop.stop();
  });
  stage.start();
  stage.loop.run();
  CHECK_FALSE(reported);
  CHECK(core::state_of(stage.agent).outbox.empty());
}

TEST_CASE("every calls functions and coroutines, whatever they throw", "[core]") {
  Stage stage;
  int calls = 0;
  int coroutines = 0;
  stage.agent.every(std::chrono::milliseconds(1), [&] {
    ++calls;
    throw Error(Errc::io, "each time");
  });
  stage.agent.every(std::chrono::milliseconds(1), [&]() -> Task<> {
    ++coroutines;
    co_await Agent::pause(std::chrono::milliseconds(1));
    throw Error(Errc::io, "each time");
  });
  stage.agent.every(std::chrono::milliseconds(1), [&] {
    if (calls >= 5 && coroutines >= 3) stage.loop.stop();
  });
  stage.start();
  stage.loop.run();
  CHECK(calls >= 5);
}

TEST_CASE("A coroutine that has not finished is not started a second time", "[core]") {
  Stage stage;
  int started = 0;
  int ticks = 0;
  stage.agent.every(std::chrono::milliseconds(1), [&]() -> Task<> {
    ++started;
    co_await Agent::pause(std::chrono::hours(1));
  });
  stage.agent.every(std::chrono::milliseconds(1), [&] {
    if (++ticks == 20) stage.loop.stop();
  });
  stage.start();
  stage.loop.run();
  CHECK(started == 1);
}

TEST_CASE("A stop leaves the session with 1001 and ends what handlers wait for", "[core]") {
  Stage stage;
  std::string events;
  bool cancelled = false;
  stage.agent.on_stop([&events] { events += "stop "; });
  stage.agent.on_disconnect([&events] { events += "down "; });
  stage.agent.on<Note>([&](Note, Call call) -> Task<> {
    try {
      co_await Agent::pause(std::chrono::hours(1));
    } catch (const std::exception&) {
      cancelled = call.cancelled();
      throw;
    }
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(encode_message(Note{"wait"}, "t-1"));
    auto runs = [&self] { return self.counters().running_calls.value() == 1; };
    co_await self.until(runs);
    self.agent.stop();
    std::string why = co_await reason_of_loss(socket.get());
    CHECK_THAT(why, Catch::Contains("1001 the agent stops"));
    co_await self.until_stopped();
  });
  CHECK(events == "stop down ");
  CHECK(cancelled);
  CHECK(stage.counters().failed_calls.value() == 0);
}

TEST_CASE("The session lasts until the hooks of a stop have ended", "[core]") {
  Stage stage;
  stage.agent.on_stop([&stage]() -> Task<> {
    co_await Agent::pause(std::chrono::milliseconds(5));
    stage.agent.send(Note{"the last word"});
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    co_await self.until_connected();
    self.agent.stop();
    Envelope note = co_await test::receive(socket.get());
    CHECK(note.payload<Note>().text == "the last word");
    std::string why = co_await reason_of_loss(socket.get());
    CHECK_THAT(why, Catch::Contains("1001 the agent stops"));
    co_await self.until_stopped();
  });
}

TEST_CASE("A hook that does not end, or fails, does not hold up a stop", "[core]") {
  Stage stage;
  stage.timing.farewell = std::chrono::milliseconds(20);
  stage.agent.on_stop([]() -> Task<> { co_await Agent::pause(std::chrono::hours(1)); });
  stage.agent.on_stop([] { throw Error(Errc::io, "a hook"); });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    co_await self.until_connected();
    self.agent.stop();
    std::string why = co_await reason_of_loss(socket.get());
    CHECK_THAT(why, Catch::Contains("1001 the agent stops"));
    co_await self.until_stopped();
  });
}

TEST_CASE("A stop ends the session also with a server that does not answer", "[core]") {
  Stage stage;
  std::string events;
  stage.timing.stop = std::chrono::milliseconds(10);  // less than anything else here waits for an answer
  stage.agent.on_stop([&events] { events += "stop "; });
  stage.agent.on_disconnect([&events] { events += "down "; });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    co_await self.until_connected();
    self.agent.stop();
    co_await self.until_stopped();
  });
  CHECK(events == "stop down ");
}

TEST_CASE("A stop between two attempts is immediate", "[core]") {
  Stage stage;
  stage.config.server = {"127.0.0.1:1"};
  stage.random = 0.99;
  stage.agent.every(std::chrono::milliseconds(1), [&] {
    if (stage.counters().failed_attempts.value() == 1) stage.agent.stop();
  });
  stage.start();
  net::Clock::time_point start = net::Clock::now();
  stage.loop.run();
  CHECK(net::Clock::now() - start < std::chrono::milliseconds(900));
}

TEST_CASE("run ends by a stop from another thread, or one that came before", "[core]") {
  Agent agent("test-agent", "1.2.3");
  core::state_of(agent).config.server = {"127.0.0.1:1"};
  agent.stop();
  agent.run();

  Agent second("test-agent", "1.2.3");
  core::state_of(second).config.server = {"127.0.0.1:1"};
  std::thread other;
  second.post([&] { other = std::thread([&] { second.stop(); }); });
  second.run();
  other.join();
}

TEST_CASE("run without a server is an error, not a loop", "[core]") {
  Agent agent("test-agent", "1.2.3");
  CHECK_THROWS_WITH(agent.run(), "server: no address is set");
}

TEST_CASE("SIGTERM stops the agent", "[core]") {
  Stage stage;
  stage.config.server = {"127.0.0.1:1"};
  stage.start();
  stage.runtime->handle_signals();
  stage.agent.post([] { std::raise(SIGTERM); });
  stage.loop.run();
}

TEST_CASE("SIGHUP reloads and ends nothing, not even while the agent stops", "[core]") {
  test::TempDir dir;
  Stage stage;
  stage.config.server = {"127.0.0.1:1"};
  core::state_of(stage.agent).config_path =
      dir.write("agent.conf", "server = a:1\nlog.level = error\ntls.ca =\n");
  const log::Level before = log::level();
  stage.agent.on_stop([]() -> Task<> {
    std::raise(SIGHUP);
    co_await Agent::pause(std::chrono::milliseconds(5));
  });
  bool told = false;
  stage.agent.every(std::chrono::milliseconds(1), [&told] {
    if (log::level() == log::Level::error && !std::exchange(told, true)) std::raise(SIGTERM);
  });
  stage.start();
  stage.runtime->handle_signals();
  stage.agent.post([] { std::raise(SIGHUP); });
  stage.loop.run();
  CHECK(log::level() == log::Level::error);
  log::set_level(before);
}

TEST_CASE("What is wrong with the file at a reload changes nothing", "[core]") {
  test::TempDir dir;
  Agent agent("test-agent", "1.2.3");
  core::AgentState& state = core::state_of(agent);
  const log::Level before = log::level();
  state.config.tls.ca = "old";
  for (const char* text : {"server = a:1\nlog.level = loud\ntls.ca = new\n",
                           "server = a:1\nlog.level = error\ntls.ca = /no/such/file\n"}) {
    state.config_path = dir.write("agent.conf", text);
    core::reload(state);
    CHECK(log::level() == before);
    CHECK(state.config.tls.ca == "old");
  }
}

TEST_CASE("Any thread may send", "[core]") {
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    std::thread other([&self] {
      for (int i = 0; i < 100; ++i) self.agent.send(Note{std::to_string(i)});
    });
    for (int i = 0; i < 100; ++i) {
      Envelope note = co_await test::receive(socket.get());
      CHECK(note.payload<Note>().text == std::to_string(i));
    }
    other.join();
  });
}

TEST_CASE("Handlers may do blocking work on other threads", "[core]") {
  Stage stage;
  stage.agent.on<Note>([&stage](Note note, Call call) -> Task<> {
    std::thread::id here = std::this_thread::get_id();
    bool elsewhere = false;
    std::function<void()> work = [&] { elsewhere = std::this_thread::get_id() != here; };
    co_await stage.agent.offload(work);
    note.text += elsewhere ? " done elsewhere" : " done here";
    call.send(note);
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(encode_message(Note{"work"}, "t-1"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.payload<Note>().text == "work done elsewhere");
  });
}

TEST_CASE("An agent counts under names of its own, beside those of the library", "[core]") {
  Agent agent("test-agent", "1.2.3");
  agent.counter("test_notes_total", "Notes taken").add(2);
  agent.gauge("test_mood", "How it is").set(0.5);
  const std::string text = agent.metrics().expose();
  CHECK_THAT(text, Catch::Contains("# TYPE test_notes_total counter\ntest_notes_total 2\n"));
  CHECK_THAT(text, Catch::Contains("test_mood 0.5\n") && Catch::Contains("agent_reconnects_total 0\n"));
}

TEST_CASE("A message type has one handler, and the library's types are its own", "[core]") {
  Agent agent("test-agent", "1.2.3");
  agent.on<Note>([](const Note&) {});
  CHECK_THROWS_WITH(agent.on<Note>([](const Note&) {}), "messages of type 1003 have a handler already");
  CHECK_THROWS_WITH(agent.on<wire::Come>([](const wire::Come&) {}),
                    "messages of type 1 are served by libagent");
}

TEST_CASE("The name of an agent is fit for file names", "[core]") {
  CHECK_THROWS_AS(Agent("", "1"), Error);
  CHECK_THROWS_AS(Agent("../x", "1"), Error);
  CHECK_THROWS_AS(Agent("a b", "1"), Error);
  CHECK(Agent("exec-agent", "1").name() == "exec-agent");
}
