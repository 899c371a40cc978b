// `install --server … --now` with a real agent, against servers that are right, absent, and not what was
// meant: what whoever typed it reads, and the exit code.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <future>

#include "tests/support/certificates.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/guarded.hpp"
#include "tests/system/installed_agent.hpp"

using namespace test;

namespace {

std::string connected_as(const std::string& id) {
  return "start service success\nconnected to SERVER as " + id + "\n[0]\n";
}

std::string away(const std::string& reason, const std::string& next) {
  return "start service success\n! not connected to SERVER: " + reason + "\n!   next: " + next +
         "\n!   the service runs on and tries again; see exec-agent status\n[1]\n";
}

const std::string kConf = InstalledAgent::kNewConf;
const std::string kWantsServer = "what listens there is no agent-server: check the port in " + kConf +
                                 " (basic.server), and whether it must be ws:// or wss:// (TLS)";
const std::string kWantsToken =
    "put the token that the server expects into " + kConf + " (basic.token), then exec-agent restart";

// What one visitor of a port gets that is not an agent-server's.
template <class Answer>
std::string install_at(InstalledAgent& here, Answer answer) {
  WireServer stranger;
  auto answered = std::async(std::launch::async, [&] { answer(stranger.accept()); });
  return here.install(stranger.address());
}

std::string tls(const std::string& cert, const Certificates& made) {
  return "tls.cert = " + cert + "\ntls.key = " + made.server_key() + "\n";
}

// With a configuration that knows the authority.
std::string install_trusting(InstalledAgent& here, const ServerProgram& server, const Certificates& made) {
  const std::string address = "wss://" + server.address();
  here.write(kConf, "basic.server = " + address + "\nbasic.tls.ca = " + made.ca() + "\n");
  return here.install(address);
}

}  // namespace

TEST_CASE("install --now at the right server ends with a connected agent", "[system][service]") {
  InstalledAgent here;
  ServerProgram server;
  CHECK(here.install(server.address(), " --id node-1") == connected_as("node-1"));
  CHECK(server.has("node-1"));
  CHECK(here.waited <= std::chrono::seconds(1));
}

TEST_CASE("install --now says that the server is absent", "[system][service]") {
  InstalledAgent here;
  SECTION("by name") {
    const std::string said = here.install("no-such-host.invalid:13081");
    CHECK_THAT(said, Catch::Contains("not connected to SERVER: connect SERVER: Host not found"));
    CHECK_THAT(said, Catch::Contains("next: check the server's name in " + kConf +
                                     " (basic.server), and the DNS of this machine\n"));
    CHECK_THAT(said, Catch::EndsWith("[1]\n"));
  }
  SECTION("by port") {
    TcpListener reserved;
    reserved.close();
    CHECK(here.install("127.0.0.1:" + std::to_string(reserved.port())) ==
          away("connect SERVER: Connection refused", "nothing listens there: check the port in " + kConf +
                                                         " (basic.server), and that the server runs"));
    CHECK(here.waited == std::chrono::seconds(15));
  }
  SECTION("and silent") {
    TcpListener silent;
    here.is_told = [&here] {
      const auto status = here.status();
      return status && !status->server.empty();
    };
    CHECK(here.install("127.0.0.1:" + std::to_string(silent.port())) ==
          away("no answer within 15 s",
               "check the address in " + kConf + " (basic.server), and the firewalls between"));
  }
}

TEST_CASE("install --now says that something else listens there", "[system][service]") {
  InstalledAgent here;
  SECTION("a web server without the page") {
    CHECK(install_at(here, [](auto visit) { refuse(std::move(visit), 404, "no page"); }) ==
          away("the server answered 404 Not Found: no page", kWantsServer));
  }
  SECTION("a web server with a page") {
    CHECK(install_at(here, [](auto visit) { refuse(std::move(visit), 200, "hello"); }) ==
          away("the server answered 200 OK: hello", kWantsServer));
  }
  SECTION("another protocol") {
    const std::string said = install_at(here, [](auto visit) {
      visit.socket.try_send("SSH-2.0-OpenSSH_9.2\r\n");
      CHECK(visit.socket.is_closed_within(kPatience));
    });
    CHECK_THAT(said, Catch::Contains("not connected to SERVER: the answer is not HTTP: "));
    CHECK_THAT(said, Catch::Contains("next: " + kWantsServer + "\n"));
  }
  SECTION("a server without TLS") {
    ServerProgram server;
    CHECK(here.install("wss://" + server.address()) ==
          away("TLS handshake: wrong version number", kWantsServer));
  }
  SECTION("a server with TLS") {
    const Certificates made;
    ServerProgram server(tls(made.server_cert(), made));
    CHECK(here.install(server.address()) == away("the server closed the connection without an answer",
                                                 "the server hangs up: check the port in " + kConf +
                                                     " (basic.server), and whether it must be wss:// (TLS)"));
  }
}

TEST_CASE("install --now says what is wrong with a certificate", "[system][service]") {
  InstalledAgent here;
  const Certificates made;
  SECTION("its authority is unknown") {
    ServerProgram server(tls(made.server_cert(), made));
    CHECK(here.install("wss://" + server.address()) ==
          away("TLS handshake: certificate: unable to get local issuer certificate",
               "put the file of the authority that signed the server's certificate into " + kConf +
                   " (basic.tls.ca), then exec-agent restart"));
  }
  SECTION("it is for another name") {
    ServerProgram server(tls(made.misnamed_cert(), made));
    CHECK(install_trusting(here, server, made) ==
          away("TLS handshake: certificate: IP address mismatch",
               "the server's certificate is for another name: put a name that it has into " + kConf +
                   " (basic.server), then exec-agent restart"));
  }
  SECTION("it has expired") {
    ServerProgram server(tls(made.outdated_cert(), made));
    CHECK(install_trusting(here, server, made) ==
          away("TLS handshake: certificate: certificate has expired",
               "renew the server's certificate, and check the clock of this machine"));
  }
  SECTION("the server wants one of the agent") {
    ServerProgram server(tls(made.server_cert(), made) + "tls.client_ca = " + made.ca() + "\n");
    const std::string said = install_trusting(here, server, made);
    CHECK_THAT(said, Catch::Contains("certificate required"));
    CHECK_THAT(said,
               Catch::Contains("next: the server wants a certificate of this agent that it trusts: put "
                               "it into " +
                               kConf + " (basic.tls.cert and basic.tls.key), then exec-agent restart\n"));
  }
  SECTION("nothing") {
    ServerProgram server(tls(made.server_cert(), made));
    CHECK_THAT(install_trusting(here, server, made), Catch::Contains("\nconnected to SERVER as "));
  }
  CHECK(here.waited <= std::chrono::seconds(1));  // nothing of this gets better by waiting
}

TEST_CASE("install --now says that a server wants a token", "[system][service]") {
  InstalledAgent here;
  Guarded guarded;
  const std::string file = here.root.file("token");
  SECTION("and none was given") {
    CHECK(here.install(guarded.server.address()) ==
          away("the server answered 401 Unauthorized: an enrollment token is required: Authorization: "
               "Bearer ***",
               kWantsToken));
  }
  SECTION("and it knows another one") {
    here.root.write("token", "not-the-right-secret\n");
    CHECK(here.install(guarded.server.address(), " --token-file " + file) ==
          away("the server answered 401 Unauthorized: unknown enrollment token", kWantsToken));
  }
  SECTION("and it is the right one") {
    here.root.write("token", "enroll-secret-no-1\n");
    CHECK(here.install(guarded.server.address(), " --id node-1 --token-file " + file) ==
          connected_as("node-1"));
    struct stat written {};
    REQUIRE(::stat(here.at(kConf).c_str(), &written) == 0);
    CHECK((written.st_mode & 07777) == 0600);
  }
}

TEST_CASE("install --now says that another agent has the id", "[system][service]") {
  InstalledAgent here;
  Scene scene;
  const std::string said = here.install(scene.server.address(), " --id bystander");
  CHECK_THAT(said,
             Catch::Contains("! not connected to SERVER: refused: agent id conflict: connected since "));
  CHECK_THAT(said, Catch::Contains("next: another agent has this id: choose another one in " + kConf +
                                   " (basic.id), then exec-agent restart; or, when that agent is gone for "
                                   "good, release the id at the server: DELETE "
                                   "/api/agents/bystander/binding\n"));
  CHECK_THAT(said, Catch::EndsWith("[1]\n"));
  scene.check_unharmed();
}

TEST_CASE("install --now says that the agent does not run", "[system][service]") {
  InstalledAgent here;
  std::filesystem::remove(here.at("/opt/x/bin/exec-agent"));
  std::filesystem::create_symlink("/bin/false", here.at("/opt/x/bin/exec-agent"));
  const std::string said = here.install("127.0.0.1:1");
  CHECK_THAT(said, Catch::Contains("! the service does not run"));
  CHECK_THAT(said, Catch::Contains("next: read journalctl -u exec-agent -n 20\n"));
  CHECK_THAT(said, Catch::EndsWith("[1]\n"));
}
