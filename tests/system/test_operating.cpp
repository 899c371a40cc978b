// docs/operating.md: its files and lines, with the real nginx, HAProxy and logrotate in front of the real
// programs.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/certificates.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/tcp_socket.hpp"
#include "tests/system/page.hpp"
#include "tests/system/programs.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kPage = "docs/operating.md";
const std::string kApiToken = "0123456789abcdef-api";
const std::string kEnrollToken = "0123456789abcdef-enroll";

std::string only_block(const std::string& language) {
  const auto blocks = blocks_of(kPage, language);
  REQUIRE(blocks.size() == 1);
  return blocks.front();
}

// A port of this address that nobody has; another process that takes it meanwhile is a reason to try again.
std::uint16_t free_port() { return TcpListener().port(); }

// A server on loopback with tokens, as the page has it behind a proxy.
struct Guarded {
  Guarded()
      : server("api_token_file = " + write("api", kApiToken) +
               "\nenroll_token_file = " + write("enroll", kEnrollToken) + "\n") {}

  std::string write(const std::string& name, const std::string& token) const {
    const std::string path = tokens.write(name, "test " + token + "\n");
    ::chmod(path.c_str(), 0600);
    return path;
  }

  TempDir tokens;
  ServerProgram server;
};

// A proxy with TLS in front of a server, and who comes through it.
class Front {
 public:
  // `start`: starts the proxy for a port.
  using Start = std::function<std::unique_ptr<Program>(std::uint16_t port)>;
  Front(const Certificates& made, const Start& start) : made_(made) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      port_ = free_port();
      program_ = start(port_);
      wait_until("the proxy answers or ends",
                 [&] { return !program_->is_running() || status("/healthz") == 200; });
      if (program_->is_running()) return;
    }
    FAIL("the proxy does not start: " << program_->output());
  }

  HttpClient client() const {
    HttpClient http(port_, agent::net::TlsContext::client({.ca = made_.ca(), .cert = {}, .key = {}}));
    http.set_token(kApiToken);
    return http;
  }
  int status(const std::string& path) const {
    try {
      return client().get(path).status;
    } catch (const std::exception&) {  // it does not listen yet
      return 0;
    }
  }
  bool has(const std::string& id) const {
    return json_at(client().get("/api/agents/" + id).body, "code") == "200";
  }
  std::string agent_settings() const {
    return "basic.tls.ca = " + made_.ca() + "\nbasic.token = " + kEnrollToken + "\n";
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  std::string agent_address() const { return "wss://127.0.0.1:" + std::to_string(port_); }
  const Certificates& made() const { return made_; }

 private:
  const Certificates& made_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Program> program_;
};

// Output comes as the command writes it, not at its end.
void check_following(const Front& front, const TempDir& dir) {
  const std::string go_on = dir.file("go-on");
  HttpClient http = front.client();
  const std::string body = R"({"cmd":"echo first; while [ ! -e )" + go_on +
                           R"( ]; do sleep 0.1; done; echo last","result":false,"pipes":true})";
  const std::string task =
      json_at(http.request("POST", "/api/exec/exec-1/run", {{"Content-Type", "application/json"}}, body).body,
              "payload.id");
  Program curl("/usr/bin/curl",
               {"-sSN", "--cacert", front.made().ca(), "-H", "Authorization: Bearer " + kApiToken,
                front.url() + "/api/exec/exec-1/tasks/" + task + "/output?follow=1"});
  curl.wait_for("first");
  std::ofstream(go_on).flush();
  curl.wait_for("last");
  CHECK(curl.wait() == 0);
}

// Larger than what any proxy holds in memory.
void check_files(const Front& front, const TempDir& dir) {
  const std::string content(5'000'000, 'x');
  const std::string sent = dir.write("sent", content + "end");
  const auto curl = [&](const std::string& arguments) {
    return run_program("/bin/sh", {"-c", "curl -sS --cacert " + front.made().ca() +
                                             " -H 'Authorization: Bearer " + kApiToken + "' " + arguments});
  };
  const auto [code, reply] = curl("-F dir=" + dir.path() + " -F 'file=@" + sent + ";filename=received' " +
                                  front.url() + "/api/file/exec-1/upload");
  CHECK(code == 0);
  CHECK(json_at(reply, "code") == "200");
  CHECK(curl("-o " + dir.file("back") + " '" + front.url() +
             "/api/file/exec-1/download?dir=" + dir.file("received") + "'")
            .first == 0);
  CHECK(read_file(dir.file("back")) == content + "end");
}

void check_front(const Front& front) {
  TempDir dir;
  AgentProgram agent(front.agent_address(), "exec-1", front.agent_settings(), kExecAgentProgram);
  wait_until("the agent has come through the proxy", [&] { return front.has("exec-1"); });
  check_following(front, dir);
  check_files(front, dir);
  CHECK(agent.sessions() == 1);
}

}  // namespace

TEST_CASE("The server of docs/operating.md is what its lines make", "[system][docs]") {
  TempDir opt;
  fs::create_directory(opt.file("conf"));
  const auto confs = blocks_of(kPage, "conf");
  REQUIRE(confs.size() == 2);
  const std::string conf =
      opt.write("conf/server.conf", replaced(confs[0], {{"/opt/agent-server", opt.path()}}));

  const auto run = [&](const std::string& block, const std::string& address) {
    const std::string programs = fs::path(kServerProgram).parent_path().string();
    const std::string script =
        "set -e; export PATH=" + programs + ":$PATH\n" +
        replaced_if_there(block, {{"/opt/agent-server", opt.path()}, {"127.0.0.1:13081", address}});
    const auto [code, output] = run_program("/bin/bash", {"-c", script});
    INFO(output);
    CHECK(code == 0);
    return output;
  };
  const auto scripts = blocks_of(kPage, "sh");
  REQUIRE(scripts.size() == 3);
  run(scripts[0], "");
  CHECK(run(scripts[1], "").ends_with(conf + ": ok\n"));

  Program server(kServerProgram, {"--conf", conf}, {{"LIBAGENT_LISTEN", "127.0.0.1:0"}});
  const std::string address = "127.0.0.1:" + server.wait_for_rest_of("listening on 127.0.0.1:");
  std::string token = read_file(opt.file("conf/enroll.tokens"));
  token = token.substr(token.find(' ') + 1);
  token.pop_back();
  TempDir dir;
  const std::string agent_conf =
      dir.write("agent.conf", replaced(confs[1], {{"agents.example.org:13081", address},
                                                  {"/opt/exec-agent/conf/ca.pem", opt.file("conf/ca.pem")},
                                                  {"the token of site-a", token}}) +
                                  "basic.id = exec-1\n");
  Program agent(kExecAgentProgram, {"--conf", agent_conf});
  agent.wait_for("connected to ");
  CHECK(json_at(run(scripts[2], address), "payload.0.id") == "exec-1");
}

TEST_CASE("Agents, output and files pass through the nginx of docs/operating.md", "[system][docs]") {
  const Certificates made;
  Guarded guarded;
  TempDir dir;
  const auto start = [&](std::uint16_t port) {
    const std::string conf = replaced(
        only_block("nginx"), {{"listen 443 ssl", "listen 127.0.0.1:" + std::to_string(port) + " ssl"},
                              {"/etc/nginx/agents.example.org.pem", made.server_cert()},
                              {"/etc/nginx/agents.example.org.key", made.server_key()},
                              {"127.0.0.1:13081", guarded.server.address()},
                              {"http {", "http { access_log off;"}});
    return std::make_unique<Program>(
        "/usr/sbin/nginx",
        Program::Arguments{"-p", dir.path(), "-e", "stderr", "-c", dir.write("nginx.conf", conf), "-g",
                           "daemon off; master_process off; pid " + dir.file("nginx.pid") + ";"});
  };
  const Front front(made, start);
  check_front(front);
}

TEST_CASE("Agents, output and files pass through the HAProxy of docs/operating.md, which sees the server go",
          "[system][docs]") {
  const Certificates made;
  Guarded guarded;
  TempDir dir;
  const std::string pem = dir.write("both.pem", read_file(made.server_cert()) + read_file(made.server_key()));
  const auto start = [&](std::uint16_t port) {
    const std::string conf =
        replaced(only_block("haproxy"), {{"bind :443", "bind 127.0.0.1:" + std::to_string(port)},
                                         {"/etc/haproxy/agents.example.org.pem", pem},
                                         {"127.0.0.1:13081", guarded.server.address()},
                                         {"inter 2s", "inter 100ms"}});
    return std::make_unique<Program>("/usr/sbin/haproxy",
                                     Program::Arguments{"-db", "-f", dir.write("haproxy.cfg", conf)});
  };
  const Front front(made, start);
  check_front(front);

  AgentProgram agent(front.agent_address(), "example-1", front.agent_settings());
  wait_until("the agent is there", [&] { return front.has("example-1"); });
  guarded.server.kill();
  wait_until("HAProxy answers for the server", [&] { return front.status("/healthz") == 503; });
  guarded.server.start();
  wait_until("the agent is back", [&] { return front.status("/healthz") == 200 && front.has("example-1"); });
}

TEST_CASE("The logrotate of docs/operating.md moves the log and the audit log, and nothing is lost",
          "[system][docs]") {
  ServerProgram server("log.target = stdout, file\nlog.level = debug\n");
  const std::string log = server.dir().file("logs/agent-server.log");
  const std::string audit = server.dir().file("data/audit.log");
  const auto call = [&](const std::string& id) {
    server.client().request("POST", "/api/agents/" + id + "/call", {{"Content-Type", "application/json"}},
                            R"({"type":1001})");
  };
  call("before");
  wait_until("the audit log has the call",  // logrotate leaves an empty file where it is
             [&] { return read_file(audit).find("\"agent\":\"before\"") != std::string::npos; });
  const std::string pid = std::to_string(server.program().pid());
  const std::string conf = server.dir().write(
      "logrotate.conf",
      replaced(only_block("logrotate"), {{"/opt/agent-server/data/logs/agent-server.log", log},
                                         {"/opt/agent-server/data/audit.log", audit},
                                         {"pkill -HUP -x agent-server", "kill -HUP " + pid}}));
  const auto [code, output] =
      run_program("/usr/sbin/logrotate", {"--force", "--state", server.dir().file("state"), conf});
  INFO(output);
  REQUIRE(code == 0);
  server.program().wait_for("reloaded tokens, certificates and log level");  // the last step of it
  call("after");
  wait_until("the new audit log has the call",
             [&] { return read_file(audit).find("\"agent\":\"after\"") != std::string::npos; });
  wait_until("the new log has the call",
             [&] { return read_file(log).find("/api/agents/after/call") != std::string::npos; });
  CHECK(read_file(audit).find("\"agent\":\"before\"") == std::string::npos);

  std::string moved;
  for (const std::string& folder : {server.dir().file("logs"), server.dir().file("data")}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename().string().find(".log-20") != std::string::npos)
        moved += read_file(entry.path().string());
    }
  }
  CHECK_THAT(moved, Catch::Contains("\"agent\":\"before\"") && Catch::Contains("/api/agents/before/call"));
}
