// What a program that runs as a service tells its service manager, and everybody in its status file.
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "tests/support/certificates.hpp"
#include "tests/support/places.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/guarded.hpp"
#include "tests/system/service_scene.hpp"

using namespace test;
using agent::host::Connection;
using agent::host::Problem;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kStopLimit{10};

std::string dead_address() {
  TcpListener listener;
  return "127.0.0.1:" + std::to_string(listener.port());
}

}  // namespace

TEST_CASE("An agent is ready before its server is there, and tells what becomes of the connection",
          "[system][service]") {
  ServiceScene scene;
  TcpListener reserved;
  const std::string address = "127.0.0.1:" + std::to_string(reserved.port());
  reserved.close();
  Program agent(kAgentProgram, {"--conf", scene.agent_conf(address)}, scene.environment());
  scene.manager.wait_for("READY=1\n");
  CHECK(scene.has_status());
  CHECK(scene.manager.wait_for("STATUS=away since ").find("Connection refused") != std::string::npos);
  CHECK(scene.status().connection == Connection::away);
  CHECK(scene.status().problem == Problem::connection_refused);
  CHECK(scene.status().server == address);
  CHECK(scene.status().is_running);

  WireServer server(reserved.port());
  {
    WirePeer session = server.connected();
    scene.manager.wait_for("STATUS=connected to " + address + " as service-1\n");
    CHECK(scene.status().connection == Connection::connected);
    CHECK(scene.status().id == "service-1");
    CHECK(scene.status().pid == agent.pid());
    CHECK(scene.status().program == "example-agent");
  }
  scene.manager.wait_for("STATUS=away since ");
  WirePeer session = server.connected();
  scene.manager.wait_for("STATUS=connected to ");

  agent.signal(SIGTERM);
  scene.manager.wait_for("STOPPING=1\n");
  CHECK(session.receive_close().starts_with("1001"));
  CHECK(agent.wait(kStopLimit) == 0);
  CHECK_FALSE(scene.has_status());
  CHECK(scene.manager.drain() == 0);
}

TEST_CASE("Why an agent is not let in is told by kind", "[system][service]") {
  ServiceScene scene;
  std::string server;
  std::string settings;
  std::optional<WireServer> played;
  std::optional<Guarded> guarded;
  std::optional<Scene> crowded;
  std::optional<ServerProgram> secure;
  Certificates certificates;
  Problem problem = Problem::none;
  Connection connection = Connection::refused;
  std::string reason;
  SECTION("a name without an address") {
    server = "no-such-host.invalid:13081";
    problem = Problem::name_not_found;
    connection = Connection::away;
    reason = "no-such-host.invalid";
  }
  SECTION("nobody listens") {
    server = dead_address();
    problem = Problem::connection_refused;
    connection = Connection::away;
    reason = "Connection refused";
  }
  SECTION("the token is missing") {
    guarded.emplace();
    server = guarded->server.address();
    problem = Problem::token;
    reason = "401";
  }
  SECTION("the id is in use") {
    crowded.emplace();
    server = crowded->server.address();
    settings = "id = bystander\n";
    problem = Problem::id_conflict;
    reason = "agent id conflict";
  }
  SECTION("the server's authority is unknown") {
    secure.emplace("tls.cert = " + certificates.server_cert() + "\ntls.key = " + certificates.server_key() +
                   "\n");
    server = "wss://" + secure->address();
    problem = Problem::certificate;
    reason = "certificate";
  }
  const std::string conf =
      settings.empty()
          ? scene.agent_conf(server)
          : scene.dir.write("agent.conf", "server = " + server + "\nlog.target = stdout\n" + settings);
  Program agent(kAgentProgram, {"--conf", conf}, scene.environment());
  scene.manager.wait_for("READY=1\n");
  const std::string told =
      scene.manager.wait_for(connection == Connection::away ? "away since" : "refused since");
  INFO(told);
  CHECK(told.find(reason) != std::string::npos);
  CHECK(scene.status().connection == connection);
  CHECK(scene.status().problem == problem);
  agent.wait_for(scene.status().reason);  // the words of the log
}

TEST_CASE("A program of no service manager tells nobody, and its status file is there all the same",
          "[system][service]") {
  ServiceScene scene;
  WireServer server;
  Program agent(kAgentProgram, {"--conf", scene.agent_conf(server.address())},
                {{"RUNTIME_DIRECTORY", scene.dir.file("run")}});
  WirePeer session = server.connected();
  agent.wait_for("connected to ");
  wait_until("the status says so", [&] { return scene.status().connection == Connection::connected; });
  CHECK(scene.manager.drain() == 0);
}

TEST_CASE("A run directory that cannot be written changes nothing", "[system][service]") {
  ServiceScene scene;
  WireServer server;
  Program agent(kAgentProgram, {"--conf", scene.agent_conf(server.address(), "log.level = debug\n")},
                scene.environment({{"RUNTIME_DIRECTORY", "/proc/no/run"}}));
  WirePeer session = server.connected();
  scene.manager.wait_for("STATUS=connected to ");
  agent.wait_for("connected to ");
  CHECK(agent.count("the connection is not told in a file: make directory /proc/no") == 1);
}

TEST_CASE("A loop that runs says so, and one that hangs does not", "[system][service]") {
  ServiceScene scene;
  const TempDir hang;
  Program agent(built_program("hung-agent"),
                {"--conf", scene.agent_conf(dead_address(), "monitor.enabled = false\n")},
                scene.environment({{"WATCHDOG_USEC", "300000"}, {"HUNG_AGENT_DIRECTORY", hang.path()}}));
  scene.manager.wait_for("READY=1\n");
  for (int i = 0; i < 3; ++i) scene.manager.wait_for("WATCHDOG=1\n");
  hang.write("hang", "");
  wait_until("it hangs", [&] { return std::filesystem::exists(hang.file("hangs")); });
  scene.manager.drain();
  CHECK_FALSE(scene.manager.is_told_within(seconds(1)));  // ten intervals
  CHECK(agent.is_running());
}

TEST_CASE("A program without a watchdog is not woken for one", "[system][service]") {
  ServiceScene scene;
  WireServer server;
  Program agent(kAgentProgram, {"--conf", scene.agent_conf(server.address())}, scene.environment());
  WirePeer session = server.connected();
  scene.manager.wait_for("STATUS=connected to ");
  CHECK_FALSE(scene.manager.is_told_within(seconds(1)));
}

TEST_CASE("A server is ready, says where it listens and that all its loops run, and stops",
          "[system][service]") {
  ServiceScene scene;
  Program server(kServerProgram, {"--conf", scene.server_conf("127.0.0.1:0", "threads = 3\n")},
                 scene.environment({{"WATCHDOG_USEC", "300000"}}));
  scene.manager.wait_for("READY=1\n");
  const std::string port = server.wait_for_rest_of("listening on 127.0.0.1:");
  scene.manager.wait_for("STATUS=listening on 127.0.0.1:" + port + "\n");
  CHECK(scene.status().connection == Connection::listening);
  CHECK(scene.status().server == "127.0.0.1:" + port);
  CHECK(scene.status().program == "agent-server");
  for (int i = 0; i < 3; ++i) scene.manager.wait_for("WATCHDOG=1\n");
  server.signal(SIGTERM);
  scene.manager.wait_for("STOPPING=1\n");
  CHECK(server.wait(kStopLimit) == 0);
  CHECK_FALSE(scene.has_status());
}

TEST_CASE("A server that cannot start is never ready", "[system][service]") {
  ServiceScene scene;
  TcpListener taken;
  Program server(kServerProgram, {"--conf", scene.server_conf("127.0.0.1:" + std::to_string(taken.port()))},
                 scene.environment());
  CHECK(server.wait() == 1);
  CHECK(scene.manager.drain() == 0);
}

TEST_CASE("A server that is told to end while it starts ends with 0", "[system][service]") {
  ServiceScene scene;
  const std::string conf = scene.dir.file("server.conf");
  REQUIRE(::mkfifo(conf.c_str(), 0600) == 0);
  Program server(kServerProgram, {"--conf", conf}, scene.environment());
  std::ofstream writer(conf);  // is open once the server has begun to read
  server.signal(GENERATE(SIGTERM, SIGINT));
  CHECK(server.wait() == 0);
}
