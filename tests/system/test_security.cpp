#include <csignal>

#include "tests/support/certificates.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/guarded.hpp"

using namespace test;
using agent::net::TlsContext;

TEST_CASE("The API answers 401 with a reason to a missing or wrong token", "[system]") {
  Guarded guarded;
  for (const char* token :
       {"", "wrong", "api-secret-num-", "api-secret-num-11", "enroll-secret-no-1", "operator"}) {
    INFO(token);
    const HttpReply reply = guarded.client(token).get("/api/agents");
    CHECK(reply.status == 401);
    CHECK(reply.header("WWW-Authenticate") == "Bearer");
    CHECK(reply.body.find("token") != std::string::npos);
    CHECK(guarded.status(token, "/metrics") == 401);
  }
  CHECK(guarded.status("api-secret-num-1") == 200);
  CHECK(guarded.status("api-secret-num-1", "/metrics") == 200);
  CHECK(guarded.status("", "/healthz") == 200);
}

TEST_CASE("An agent needs an enrollment token where tokens are asked for", "[system]") {
  Guarded guarded;
  for (const char* token : {"", "wrong", "api-secret-num-1"}) {
    INFO(token);
    CHECK(guarded.upgrade(token) == 401);
  }
  CHECK(guarded.upgrade("enroll-secret-no-1") == 101);

  AgentProgram stranger(guarded.server.address(), "stranger", "basic.token = wrong-secret-no-2\n");
  stranger.program().wait_for("401");
  AgentProgram agent(guarded.server.address(), "guest", "basic.token = enroll-secret-no-1\n");
  agent.wait_for_session();
  HttpClient http = guarded.client("api-secret-num-1");
  CHECK(json_at(http.get("/api/foo/guest").body, "code") == "200");
  CHECK(json_at(http.get("/api/foo/stranger").body, "code") == "404");

  const std::string said =
      guarded.server.program().output() + agent.program().output() + stranger.program().output();
  CHECK(said.find("secret") == std::string::npos);
}

TEST_CASE("Tokens that were refused are in the audit log, with their address and without themselves",
          "[system]") {
  Guarded guarded;
  CHECK(guarded.status("wrong-secret-3") == 401);
  CHECK(guarded.upgrade("wrong-secret-4") == 401);
  CHECK(guarded.status("api-secret-num-1") == 200);
  std::string log;
  wait_until("the last one", [&] {
    log = read_file(guarded.server.dir().file("data/audit.log"));
    return log.find("unknown enrollment token") != std::string::npos;
  });
  CHECK_THAT(log, Catch::Contains(
                      R"("action":"refused_token","who":"","from":"127.0.0.1","what":"GET /api/agents")") &&
                      Catch::Contains("unknown API token"));
  CHECK_THAT(log, Catch::Contains(R"("what":"/ws/agent")") && Catch::Contains("unknown enrollment token"));
  CHECK_THAT(log, !Catch::Contains("secret"));
}

TEST_CASE("The pages can be read without a token, as they hold no secret", "[system]") {
  Guarded guarded;
  for (const char* page : {"/", "/docs", "/docs/openapi.json"}) CHECK(guarded.status("", page) == 200);
  CHECK(guarded.status("", "/api/info/server") == 401);
}

TEST_CASE("SIGHUP reloads the tokens and touches no session whose token stays", "[system]") {
  Guarded guarded;
  AgentProgram agent(guarded.server.address(), "guest", "basic.token = enroll-secret-no-1\n");
  agent.wait_for_session();
  guarded.tokens.set_api("operator api-secret-num-2\nsecond api-secret-num-3  # a comment\n");
  guarded.tokens.set_enroll("site enroll-secret-no-2\nsite enroll-secret-no-1\n");
  guarded.server.program().signal(SIGHUP);
  wait_until("the new token is good", [&] { return guarded.status("api-secret-num-2") == 200; });
  CHECK(guarded.status("api-secret-num-3") == 200);
  CHECK(guarded.status("api-secret-num-1") == 401);
  CHECK(guarded.upgrade("enroll-secret-no-1") == 101);
  CHECK(guarded.upgrade("enroll-secret-no-2") == 101);
  CHECK(json_at(guarded.client("api-secret-num-2").get("/api/foo/guest").body, "code") == "200");
  CHECK(agent.sessions() == 1);
}

TEST_CASE("A token file that cannot be read at SIGHUP leaves the old tokens in force", "[system]") {
  Guarded guarded;
  guarded.tokens.set_api("this line is no token at all\n");
  const std::size_t before = guarded.server.program().output().size();
  guarded.server.program().signal(SIGHUP);
  guarded.server.program().wait_for("api.tokens", kPatience, before);
  CHECK(guarded.status("api-secret-num-1") == 200);
  CHECK(guarded.status("this") == 401);
}

TEST_CASE("Agents and clients come in by TLS with certificates of the right authority only", "[system]") {
  Certificates made;
  TokenFiles tokens;
  const auto client_tls =
      TlsContext::client({.ca = made.ca(), .cert = made.client_cert(), .key = made.client_key()});
  ServerProgram server(tokens.settings() + "tls.cert = " + made.server_cert() +
                       "\ntls.key = " + made.server_key() + "\ntls.client_ca = " + made.ca() + "\n");
  server.set_client_tls(client_tls);
  const std::string wss = "wss://" + server.address();
  const std::string token = "basic.token = enroll-secret-no-1\n";
  const std::string own =
      "basic.tls.cert = " + made.client_cert() + "\nbasic.tls.key = " + made.client_key() + "\n";

  AgentProgram agent(wss, "tls-1", token + own + "basic.tls.ca = " + made.ca() + "\n");
  agent.wait_for_session();
  HttpClient http = server.client();
  CHECK(http.get("/api/foo/tls-1").status == 401);
  http.set_token("api-secret-num-1");
  CHECK(json_at(http.get("/api/foo/tls-1").body, "code") == "200");

  AgentProgram distrustful(wss, "tls-2", token + own + "basic.tls.ca = " + made.other_ca() + "\n");
  distrustful.program().wait_for("certificate");
  AgentProgram nameless(wss, "tls-3", token + "basic.tls.ca = " + made.ca() + "\n");
  AgentProgram in_clear(server.address(), "tls-4", token);
  nameless.program().wait_for(server.address() + ": ");
  in_clear.program().wait_for(server.address() + ": ");
  for (AgentProgram* refused : {&distrustful, &nameless, &in_clear}) CHECK(refused->sessions() == 0);
  CHECK_THROWS(HttpClient(server.port(), TlsContext::client({.ca = made.ca(), .cert = {}, .key = {}}))
                   .get("/healthz"));
  CHECK(send_raw(server.port(), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").find("200") == std::string::npos);
  CHECK(json_at(http.get("/api/foo/tls-1").body, "code") == "200");
  CHECK(agent.sessions() == 1);
}

TEST_CASE("An agent that comes by TLS survives the loss of its server like any other", "[system]") {
  Certificates made;
  const auto client_tls = TlsContext::client({.ca = made.ca(), .cert = {}, .key = {}});
  ServerProgram server("tls.cert = " + made.server_cert() + "\ntls.key = " + made.server_key() + "\n");
  server.set_client_tls(client_tls);
  AgentProgram agent("wss://" + server.address(), "tls-1", "basic.tls.ca = " + made.ca() + "\n");
  server.wait_for_agent("tls-1");
  server.kill();
  server.start();
  server.wait_for_agent("tls-1");
  CHECK(server.foo("tls-1") == 200);
}

TEST_CASE("SIGHUP reloads the certificates for the connections to come", "[system]") {
  Certificates old_made;
  Certificates new_made;
  TempDir dir;
  const auto install = [&](const Certificates& made) {
    dir.write("server.pem", read_file(made.server_cert()));
    dir.write("server.key", read_file(made.server_key()));
  };
  install(old_made);
  ServerProgram server("tls.cert = " + dir.file("server.pem") + "\ntls.key = " + dir.file("server.key") +
                       "\n");
  HttpClient before(server.port(), TlsContext::client({.ca = old_made.ca(), .cert = {}, .key = {}}));
  CHECK(before.get("/healthz").status == 200);

  install(new_made);
  server.program().signal(SIGHUP);
  server.set_client_tls(TlsContext::client({.ca = new_made.ca(), .cert = {}, .key = {}}));
  const auto is_reloaded = [&] {
    try {
      return server.client().get("/healthz").status == 200;
    } catch (const agent::Error&) {  // the old certificate still
      return false;
    }
  };
  wait_until("the new certificate is shown", is_reloaded);
  CHECK(before.get("/healthz").status == 200);
  HttpClient late(server.port(), TlsContext::client({.ca = old_made.ca(), .cert = {}, .key = {}}));
  CHECK_THROWS(late.get("/healthz"));
}
