// The real server, asked as browsers, programs and attackers ask it.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/json_text.hpp"
#include "tests/support/wire_agent.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

struct Site {
  explicit Site(const std::string& settings = {})
      : server(settings), agent(server.address(), "exec-1", "", kExecAgentProgram) {
    server.wait_for_agent("exec-1");
  }

  // What curl says: the status, then the body.
  std::string curl(Program::Arguments arguments, const std::string& path) const {
    arguments.insert(arguments.begin(), {"-sS", "--noproxy", "*", "-w", "\n%{http_code}"});
    arguments.push_back("http://" + server.address() + path);
    const auto [code, output] = run_program("/usr/bin/curl", arguments);
    INFO(output);
    CHECK(code == 0);
    return output.substr(output.rfind('\n') + 1) + " " + output.substr(0, output.rfind('\n'));
  }
  std::string touch(const std::string& name) const { return R"({"cmd":"touch )" + dir.file(name) + "\"}"; }
  bool was_touched(const std::string& name) const { return std::filesystem::exists(dir.file(name)); }

  TempDir dir;
  ServerProgram server;
  AgentProgram agent;
};

std::string first_line(const std::string& reply) { return reply.substr(0, reply.find("\r\n")); }

}  // namespace

TEST_CASE("A command that a web page sends does not run", "[system]") {
  Site site;
  const std::string run = "/api/exec/exec-1/run";
  const std::vector<Program::Arguments> pages{
      {"-H", "Origin: http://evil", "-H", "Content-Type: text/plain"},         // a form, fetch with no-cors
      {"-H", "Origin: http://evil", "-H", "Content-Type: application/json"},   // fetch with cors
      {"-H", "Origin: null", "-H", "Content-Type: text/plain"},                // a sandboxed frame
      {"-H", "Sec-Fetch-Site: cross-site", "-H", "Content-Type: text/plain"},  //
      {"-H", "Sec-Fetch-Site: same-site", "-H", "Content-Type: text/plain"},   // another port of this machine
      {"-H", "Origin: http://evil", "-H", "Content-Type: application/x-www-form-urlencoded"},
  };
  for (Program::Arguments arguments : pages) {
    arguments.insert(arguments.end(), {"-d", site.touch("evil")});
    CHECK(site.curl(arguments, run).starts_with("403 "));
  }
  const Program::Arguments rebound{
      "-H", "Host: evil.example", "-H", "Origin: http://evil.example", "-H", "Content-Type: application/json",
      "-d", site.touch("evil")};
  CHECK(site.curl(rebound, run).starts_with("421 "));
  CHECK(site.curl({"-H", "Host: evil.example"}, "/api/agents").starts_with("421 "));
  CHECK(site.curl({"-H", "Origin: http://evil", "-F", "type=sh", "-F", "file=@/dev/null;filename=x"},
                  "/api/script/exec-1/run")
            .starts_with("403 "));
  CHECK(site.curl({"-H", "Origin: http://evil", "-F", "dir=" + site.dir.path(), "-F",
                   "file=@/dev/null;filename=evil"},
                  "/api/file/exec-1/upload")
            .starts_with("403 "));
  CHECK(site.curl({"-X", "DELETE", "-H", "Origin: http://evil"}, "/api/exec/exec-1/kill/1")
            .starts_with("403 "));
  CHECK_FALSE(site.was_touched("evil"));

  // Its own page, which must say JSON; then a program.
  const std::string own = "Origin: http://" + site.server.address();
  CHECK(site.curl({"-H", own, "-d", site.touch("evil")}, run).starts_with("415 "));
  CHECK_FALSE(site.was_touched("evil"));
  CHECK(json_at(site.curl({"-d", site.touch("program")}, run).substr(4), "code") == "200");
  CHECK(site.was_touched("program"));
  CHECK(json_at(site.curl({"-H", own, "-H", "Content-Type: application/json", "-d", site.touch("page")}, run)
                    .substr(4),
                "code") == "200");
  CHECK(site.was_touched("page"));
}

TEST_CASE("The page of an allowed origin may do what a program may, and hears so", "[system]") {
  Site site("allowed_origins = https://ui.example, http://127.0.0.1:8080\n");
  const std::string run = "/api/exec/exec-1/run";
  const std::string origin = "Origin: https://ui.example";
  const std::string asked =
      site.curl({"-i", "-X", "OPTIONS", "-H", origin, "-H", "Access-Control-Request-Method: POST", "-H",
                 "Access-Control-Request-Headers: content-type"},
                run);
  CHECK(asked.starts_with("204 "));
  CHECK(asked.find("Access-Control-Allow-Origin: https://ui.example\r\n") != std::string::npos);
  CHECK(asked.find("Content-Length") == std::string::npos);
  const std::string done =
      site.curl({"-i", "-H", origin, "-H", "Content-Type: application/json", "-d", site.touch("page")}, run);
  CHECK(done.starts_with("200 "));
  CHECK(done.find("Access-Control-Allow-Origin: https://ui.example\r\n") != std::string::npos);
  CHECK(site.was_touched("page"));
  const std::string refused = site.curl({"-i", "-X", "OPTIONS", "-H", "Origin: https://evil.example", "-H",
                                         "Access-Control-Request-Method: POST"},
                                        run);
  CHECK(refused.starts_with("403 "));
  CHECK(refused.find("Access-Control-") == std::string::npos);
}

TEST_CASE("Health checks and scrapers pass", "[system]") {
  ServerProgram server;
  const auto line = [&](const std::string& request) { return first_line(send_raw(server.port(), request)); };
  // HAProxy: `option httpchk` as it comes, and with a path.
  const std::string bare = line("OPTIONS / HTTP/1.0\r\n\r\n");
  CHECK(bare.find(" 403 ") == std::string::npos);
  CHECK(bare.find(" 421 ") == std::string::npos);
  CHECK(line("GET /readyz HTTP/1.0\r\n\r\n") == "HTTP/1.1 200 OK");
  CHECK(line("GET /readyz HTTP/1.0\r\nHost:\r\n\r\n") == "HTTP/1.1 200 OK");
  for (const std::string& host :
       {server.address(), "[::1]:" + std::to_string(server.port()), std::string("localhost")}) {
    CHECK(
        line(
            "GET /metrics HTTP/1.1\r\nHost: " + host +
            "\r\nUser-Agent: Prometheus/2.45.0\r\nAccept: text/plain;version=0.0.4\r\nConnection: close\r\n\r\n") ==
        "HTTP/1.1 200 OK");
  }
}

TEST_CASE("The machine's own name and server_names are known, other names are not", "[system]") {
  ServerProgram server("server_names = agents.example\n");
  char own[256] = {};
  REQUIRE(::gethostname(own, sizeof own - 1) == 0);
  const auto line = [&](const std::string& host) {
    return first_line(send_raw(
        server.port(), "GET /api/agents HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"));
  };
  CHECK(line(own) == "HTTP/1.1 200 OK");
  CHECK(line("agents.example:13081") == "HTTP/1.1 200 OK");
  CHECK(line("other.example") == "HTTP/1.1 421 Misdirected Request");
}

TEST_CASE("An original agent comes in under a name that the server does not know", "[system]") {
  ServerProgram server;
  std::string request = WireAgent(server.port()).upgrade_request();
  const std::string host = "Host: 127.0.0.1\r\n";
  REQUIRE(request.find(host) != std::string::npos);
  request.replace(request.find(host), host.size(), "Host: agents.corp.example:13081\r\n");
  TcpSocket socket = TcpSocket::connect(server.port());
  socket.send(request);
  CHECK(socket.receive().starts_with("HTTP/1.1 101 "));
}

TEST_CASE("Names that are none are refused before the server starts", "[system]") {
  TempDir dir;
  const std::string conf =
      dir.write("server.conf", "id = x\ndata_dir = " + dir.file("data") +
                                   "\nallowed_origins = https://ok.example, *, https://ui.example/\n"
                                   "server_names = ok.example, http://x, a.example:80\n");
  const auto [code, output] = run_program(kServerProgram, {"validate", "--conf", conf});
  CHECK(code == 78);
  for (const char* text : {"'*'", "'https://ui.example/'", "'http://x'", "'a.example:80'"}) {
    CAPTURE(text);
    CHECK(output.find(text) != std::string::npos);
  }
  CHECK(output.find("ok.example") == std::string::npos);
}
