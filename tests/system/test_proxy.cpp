// The server behind a reverse proxy: a real nginx, as people configure it.
#include <catch2/catch.hpp>
#include <memory>

#include "tests/support/wire_agent.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

constexpr const char* kNginx = "/usr/sbin/nginx";

// nginx on a free port of 127.0.0.1 in front of a server. `directives` stand in its only location.
class Nginx {
 public:
  Nginx(std::uint16_t server, const std::string& directives) : server_(server), directives_(directives) {
    for (int i = 0; !start() && i < 10; ++i) {  // somebody may take the port in between
    }
    REQUIRE(nginx_->is_running());
  }

  std::uint16_t port() const { return port_; }

  // The head of the reply to a request in HTTP/1.1.
  std::string ask(const std::string& request_line, const std::string& headers) const {
    return send_raw(port_, request_line + " HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n");
  }
  // The status.
  std::string status(const std::string& request_line, const std::string& headers) const {
    return ask(request_line, headers).substr(9, 3);
  }

 private:
  bool start() {
    port_ = TcpListener().port();
    std::string http;
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      http += std::string(kind) + "_temp_path " + dir_.file(kind) + ";\n";
    const std::string conf = dir_.write(
        "nginx.conf", "daemon off;\nmaster_process off;\npid " + dir_.file("pid") +
                          ";\nerror_log stderr;\nevents {}\n" + "http {\naccess_log off;\n" + http +
                          "server {\nlisten 127.0.0.1:" + std::to_string(port_) +
                          ";\nlocation / {\nproxy_pass http://127.0.0.1:" + std::to_string(server_) + ";\n" +
                          directives_ + "}\n}\n}\n");
    nginx_ =
        std::make_unique<Program>(kNginx, Program::Arguments{"-p", dir_.path(), "-e", "stderr", "-c", conf});
    bool serves = false;
    wait_until("nginx", [&] {
      if (!nginx_->is_running()) return true;
      try {
        serves = HttpClient(port_).get("/healthz").status == 200;
      } catch (const std::exception&) {  // not yet
      }
      return serves;
    });
    return serves && nginx_->is_running();
  }

  const std::uint16_t server_;
  const std::string directives_;
  std::uint16_t port_ = 0;
  TempDir dir_;
  std::unique_ptr<Program> nginx_;
};

const std::string kPage = "Host: ui.example:8080\r\nOrigin: http://ui.example:8080\r\n";
const std::string kOwn = "Sec-Fetch-Site: same-origin\r\n";
const std::string kForeign = "Host: ui.example:8080\r\nOrigin: http://evil.example\r\n";
const std::string kStranger = "Sec-Fetch-Site: cross-site\r\n";

}  // namespace

// nginx speaks HTTP/1.0 and writes the server's address into Host, if nobody tells it otherwise.
TEST_CASE("A page behind an nginx that rewrites Host passes by Sec-Fetch-Site", "[system]") {
  ServerProgram server;
  const Nginx nginx(server.port(), "");
  CHECK(nginx.status("GET /docs", "Host: ui.example:8080\r\n") == "200");
  CHECK(nginx.status("GET /api/agents", "Host: ui.example:8080\r\n" + kOwn) == "200");
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kPage + kOwn) == "200");
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kForeign + kStranger) == "403");
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kForeign) == "403");
  CHECK(nginx.status("GET /api/agents", "Host: ui.example:8080\r\nSec-Fetch-Site: same-site\r\n") == "403");
  // Browsers leave Sec-Fetch-* out toward plain HTTP: then Host must come through, or the origin be allowed.
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kPage) == "403");
}

TEST_CASE("A page behind an nginx that keeps Host passes by Origin too", "[system]") {
  const bool is_named = GENERATE(true, false);
  ServerProgram server(is_named ? "server_names = ui.example\n" : "");
  const Nginx nginx(server.port(), "proxy_http_version 1.1;\nproxy_set_header Host $http_host;\n");
  const std::string good = is_named ? "200" : "421";
  CHECK(nginx.status("GET /docs", "Host: ui.example:8080\r\n") == good);
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kPage) == good);
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kPage + kOwn) == good);
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kForeign) == "403");
  CHECK(nginx.status("DELETE /api/exec/x/kill/1", kForeign + kStranger) == "403");
}

TEST_CASE("An allowed origin passes an nginx that rewrites Host, and reads the answers", "[system]") {
  ServerProgram server("allowed_origins = http://ui.example:8080\n");
  const Nginx nginx(server.port(), "");
  CHECK(nginx.ask("DELETE /api/exec/x/kill/1", kPage)
            .find("Access-Control-Allow-Origin: http://ui.example:8080\r\n") != std::string::npos);
  CHECK(nginx.status("OPTIONS /api/exec/x/run", kPage + "Access-Control-Request-Method: POST\r\n") == "204");
  CHECK(nginx.status("OPTIONS /api/exec/x/run", kForeign + "Access-Control-Request-Method: POST\r\n") ==
        "403");
}

TEST_CASE("Agents come through nginx, pages of elsewhere do not", "[system]") {
  ServerProgram server;
  const Nginx nginx(server.port(),
                    "proxy_http_version 1.1;\nproxy_set_header Host $http_host;\n"
                    "proxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection upgrade;\n");
  AgentProgram agent("localhost:" + std::to_string(nginx.port()), "behind-1");
  server.wait_for_agent("behind-1");
  CHECK(server.foo("behind-1") == 200);
  WireAgent wire(nginx.port());
  const std::string request = wire.upgrade_request();
  wire.socket().send(request.substr(0, request.size() - 2) + "Origin: http://evil.example\r\n\r\n");
  CHECK(wire.socket().receive().substr(9, 3) == "403");
}
