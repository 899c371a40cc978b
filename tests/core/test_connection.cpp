#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "agent/host.hpp"
#include "core/kept_id.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/certificates.hpp"
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

wire::Handshake accepted(const std::string& id) {
  wire::Handshake handshake;
  handshake.ok = true;
  handshake.id = id;
  return handshake;
}

wire::Handshake refused(const std::string& reason) {
  wire::Handshake handshake;
  handshake.msg = reason;
  return handshake;
}

std::string read_text(const std::string& path) {
  std::string text;
  std::FILE* file = std::fopen(path.c_str(), "r");
  REQUIRE(file != nullptr);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("After each loss the agent comes again", "[core]") {
  Stage stage;
  std::string events;
  stage.agent.on_connect([&events] { events += "up "; });
  stage.agent.on_disconnect([&events] { events += "down "; });
  stage.play([](Stage& self) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      Socket socket = co_await self.server.welcome();
      co_await self.until_connected();
      socket->stream().close();
    }
    Socket socket = co_await self.server.welcome();
    co_await self.until_connected();
  });
  CHECK(events == "up down up down up down up ");
  CHECK(stage.counters().reconnects.value() == 3);
}

TEST_CASE("Refusals of every kind are retried", "[core]") {
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    co_await self.server.refuse("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 10\r\n\r\nrate limit");
    wire::Handshake conflict = refused("agent id conflict");
    Socket first = co_await self.server.welcome(conflict);
    Socket silent = co_await self.server.accept();
    silent->stream().close();
    self.random = 0;
    Socket last = co_await self.server.welcome();
    co_await self.until_connected();
  });
  CHECK(stage.counters().failed_attempts.value() == 3);
}

TEST_CASE("A server that does not answer the handshake is given up", "[core]") {
  Stage stage;
  stage.timing.handshake = std::chrono::milliseconds(1);
  stage.play([](Stage& self) -> Task<> {
    Socket silent = co_await self.server.accept();
    self.timing.handshake = std::chrono::milliseconds(60000);
    Socket socket = co_await self.server.accept();
  });
  CHECK(stage.counters().failed_attempts.value() == 1);
}

TEST_CASE("The id that the server assigns is adopted, and only its line changes in the file", "[core]") {
  test::TempDir dir;
  Stage stage;
  const std::string before = "# mine\nbasic.server = a:1  # there\nbasic.id =\nbasic.log.size = 10M\n";
  std::string path = dir.write("agent.conf", before);
  core::parts_of(stage.agent).config_path = path;
  stage.config.id = "";
  int told = 0;
  stage.agent.on_new_id([&told] { ++told; });
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake answer = accepted("agent-7");
    Socket socket = co_await self.server.welcome(answer);
    CHECK(self.server.come.id.empty());
    co_await self.until_connected();
    CHECK(self.agent.id() == "agent-7");
    socket->stream().close();
    socket = co_await self.server.welcome(answer);
    CHECK(self.server.come.id == "agent-7");
  });
  CHECK(told == 1);
  std::string after = read_text(path);
  CHECK_THAT(after, Catch::StartsWith("# mine\nbasic.server = a:1  # there\nbasic.id ="));
  CHECK_THAT(after, Catch::EndsWith("agent-7\nbasic.log.size = 10M\n"));
  CHECK(after.find("# mine\nbasic.server = a:1  # there\n") == 0);
  CHECK(after.find("\nbasic.log.size = 10M\n") != std::string::npos);
}

TEST_CASE("An assigned id that the file does not take is kept elsewhere", "[core]") {
  test::TempDir dir;
  ::setenv("STATE_DIRECTORY", dir.file("state").c_str(), 1);
  Stage stage;
  core::Parts& parts = core::parts_of(stage.agent);
  parts.config_path = dir.file("gone.conf");
  parts.kept_id.emplace("test-agent", parts.config_path);
  CHECK(parts.kept_id->read().empty());
  stage.config.id = "";
  stage.play([](Stage& self) -> Task<> {
    wire::Handshake answer = accepted("agent-7");
    Socket socket = co_await self.server.welcome(answer);
    co_await self.until_connected();
  });
  CHECK(parts.kept_id->read() == "agent-7");
  CHECK(core::KeptId("test-agent", parts.config_path).read() == "agent-7");
  CHECK(core::KeptId("test-agent", dir.file("other/gone.conf")).read().empty());
  ::unsetenv("STATE_DIRECTORY");
  CHECK(std::filesystem::status(dir.file("state")).permissions() == std::filesystem::perms::owner_all);
}

TEST_CASE("An id that is a reference is resolved at each attempt and not written", "[core]") {
  test::TempDir dir;
  Stage stage;
  const std::string before = "id = $LIBAGENT_TEST_ID\n";
  std::string path = dir.write("agent.conf", before);
  core::parts_of(stage.agent).config_path = path;
  stage.config.id = "$LIBAGENT_TEST_ID";
  unsetenv("LIBAGENT_TEST_ID");
  stage.play([](Stage& self) -> Task<> {
    Socket unnamed = co_await self.server.accept();
    co_await self.until_counted(&self.counters().failed_attempts, 1);
    setenv("LIBAGENT_TEST_ID", "rack-7", 1);
    wire::Handshake answer = accepted("rack-7");
    Socket socket = co_await self.server.welcome(answer);
    CHECK(self.server.come.id == "rack-7");
    co_await self.until_connected();
    socket->stream().close();
    setenv("LIBAGENT_TEST_ID", "rack-8", 1);
    answer.id = "rack-8";
    socket = co_await self.server.welcome(answer);
    CHECK(self.server.come.id == "rack-8");
  });
  unsetenv("LIBAGENT_TEST_ID");
  CHECK(read_text(path) == before);
}

TEST_CASE("$IP is the local address of the connection", "[core]") {
  Stage stage;
  stage.config.id = "$IP";
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    CHECK(self.server.come.id == "127.0.0.1");
  });
}

TEST_CASE("A redirect is followed, and afterwards the configured server is tried again", "[core]") {
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    test::FakeServer other(self.loop);
    wire::Handshake redirect = refused("not here");
    redirect.redirect = {other.address()};
    Socket first = co_await self.server.welcome(redirect);
    Socket second = co_await other.welcome();
    co_await self.until_connected();
    second->stream().close();
    Socket third = co_await self.server.welcome();
  });
}

TEST_CASE("A server that leaves can send its agents elsewhere", "[core]") {
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    test::FakeServer other(self.loop);
    Socket first = co_await self.server.welcome();
    wire::Handshake redirect = refused("closing down");
    redirect.redirect = {other.address()};
    first->send(encode_message(redirect));
    std::string why;
    try {
      co_await test::receive(first.get());
    } catch (const Error& error) {
      why = error.what();
    }
    CHECK_THAT(why, Catch::Contains("1001"));
    Socket second = co_await other.welcome();
  });
}

TEST_CASE("wss checks the server against tls.ca and shows the client certificate", "[core]") {
  test::Certificates certificates;
  Stage stage;
  net::TlsFiles files{certificates.ca(), certificates.server_cert(), certificates.server_key()};
  stage.server.tls = net::TlsContext::server(files);
  stage.config.server = {"wss://" + stage.server.address()};
  stage.config.tls = {certificates.ca(), certificates.client_cert(), certificates.client_key()};
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    CHECK(socket->stream().peer_name() == "agent-7");
  });
}

TEST_CASE("A server whose certificate nobody vouches for is not told who we are", "[core]") {
  test::Certificates certificates;
  Stage stage;
  net::TlsFiles files{"", certificates.server_cert(), certificates.server_key()};
  stage.server.tls = net::TlsContext::server(files);
  stage.config.server = {"wss://" + stage.server.address()};
  stage.config.tls.ca = certificates.other_ca();
  stage.play([](Stage& self) -> Task<> {
    bool refused = false;
    try {
      co_await self.server.welcome();
    } catch (const Error&) {
      refused = true;
    }
    CHECK(refused);
    co_await self.until_counted(&self.counters().failed_attempts, 1);
  });
}

TEST_CASE("An authority that was renewed is trusted at the next attempt", "[core]") {
  test::Certificates certificates;
  test::TempDir dir;
  Stage stage;
  const std::string ca = dir.file("ca.pem");
  std::filesystem::copy_file(certificates.other_ca(), ca);
  net::TlsFiles files{certificates.ca(), certificates.server_cert(), certificates.server_key()};
  stage.server.tls = net::TlsContext::server(files);
  stage.config.server = {"wss://" + stage.server.address()};
  stage.config.tls = {ca, certificates.client_cert(), certificates.client_key()};
  std::filesystem::copy_file(certificates.ca(), ca + ".new");
  stage.play([](Stage& self) -> Task<> {
    try {
      co_await self.server.welcome();
      FAIL("the old authority was good enough");
    } catch (const Error&) {
    }
    co_await self.until_counted(&self.counters().failed_attempts, 1);
    std::filesystem::rename(self.config.tls.ca + ".new", self.config.tls.ca);
    Socket socket = co_await self.server.welcome();
    CHECK(socket->stream().peer_name() == "agent-7");
  });
}

TEST_CASE("The next server is tried when the first does not answer", "[core]") {
  Stage stage;
  stage.config.server = {"$LIBAGENT_TEST_NO_SERVER", "127.0.0.1:1", stage.server.address()};
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    CHECK(self.counters().failed_attempts.value() == 2);
  });
}

TEST_CASE("A server that is a reference is resolved at each attempt", "[core]") {
  Stage stage;
  stage.config.server = {"$LIBAGENT_TEST_SERVER"};
  unsetenv("LIBAGENT_TEST_SERVER");
  stage.play([](Stage& self) -> Task<> {
    co_await self.until_counted(&self.counters().failed_attempts, 2);
    setenv("LIBAGENT_TEST_SERVER", self.server.address().c_str(), 1);
    Socket socket = co_await self.server.welcome();
    CHECK(self.server.come.name == "test-agent");
  });
  unsetenv("LIBAGENT_TEST_SERVER");
}

TEST_CASE("What is sent without a session leaves in the next one, in order and bounded", "[core]") {
  Stage stage;
  stage.config.send_queue = {64 * 1024};
  for (int i = 0; i < 10; ++i) {
    std::string text = std::to_string(i) + std::string(10'000, '.');
    stage.agent.post([&stage, text] { stage.agent.send(Note{text}); });
  }
  stage.play([](Stage& self) -> Task<> {
    auto all_queued = [&self] { return core::parts_of(self.agent).outbox.size() == 6; };
    co_await self.until(all_queued);
    Socket socket = co_await self.server.welcome();
    for (int i = 4; i < 10; ++i) {
      Envelope note = co_await test::receive(socket.get());
      CHECK(note.tid().empty());
      CHECK(note.payload<Note>().text.substr(0, 2) == std::to_string(i) + ".");
    }
  });
  CHECK(stage.counters().dropped_reports.value() == 4);
}

TEST_CASE("Replies to a call of an old session are dropped, the call knows it is cancelled", "[core]") {
  Stage stage;
  std::optional<Call> kept;
  std::string why;
  stage.agent.on<Note>([&](Note, Call call) -> Task<> {
    kept = call;
    while (!call.cancelled()) co_await test::yield(stage.loop);
    call.send(Note{"too late"});
    try {
      co_await call.room();
    } catch (const Error& error) {
      why = error.what();
    }
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(encode_message(Note{"hello"}, "t-1"));
    auto runs = [&self] { return self.counters().running_calls.value() == 1; };
    co_await self.until(runs);
    socket->stream().close();
    Socket next = co_await self.server.welcome();
    auto ended = [&self] { return self.counters().running_calls.value() == 0; };
    co_await self.until(ended);
    self.agent.send(Note{"new"});
    Envelope first = co_await test::receive(next.get());
    CHECK(first.payload<Note>().text == "new");
  });
  CHECK(kept->cancelled());
  CHECK(kept->task_id() == "t-1");
  CHECK(why == "the call's session has ended");
  CHECK(stage.counters().dropped_replies.value() == 1);
}

TEST_CASE("A handle that outlives the agent is harmless", "[core]") {
  std::optional<Call> kept;
  {
    Stage stage;
    stage.agent.on<Note>([&](Note, Call call) -> Task<> {
      kept = call;
      co_return;
    });
    stage.play([](Stage& self) -> Task<> {
      Socket socket = co_await self.server.welcome();
      socket->send(encode_message(Note{"hello"}, "t-1"));
      co_await self.until_counted(&self.counters().received_messages, 1);
    });
  }
  CHECK(kept->cancelled());
  kept->send(Note{"nobody hears"});
  kept->fail("nobody hears");
}

TEST_CASE("An agent comes with the facts that agent/host.hpp gives", "[core]") {
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    co_await self.until_connected();
  });
  const HostFacts facts = read_host_facts();
  const wire::Come& come = stage.server.come;
  CHECK(come.host_name == facts.host_name);
  CHECK(come.os == facts.os);
  CHECK(come.platform == facts.platform);
  CHECK(come.platform_version == facts.platform_version);
  CHECK(come.kernel_version == facts.kernel_version);
  CHECK(come.arch == facts.arch);
  CHECK(come.cpu == facts.cpu);
  CHECK(come.cpu_core == facts.cpu_core);
  CHECK(come.memory == facts.memory);
  CHECK(come.mac == mac_of(come.ip.text));
}
