// examples/webrouter in front of a real nginx.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "tests/server/views/view_server.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/tcp_socket.hpp"

using namespace test;

namespace {

constexpr const char* kNginx = "/usr/sbin/nginx";

// A container: answers with its name.
class Backend {
 public:
  explicit Backend(const std::string& name) {
    server::Route route;
    route.method = "GET";
    route.pattern = "/";
    route.summary = "its name";
    route.handler = server::ReplyHandler([name](server::Request&) { return server::text_reply(200, name); });
    http_.router.add(std::move(route));
    port = http_.start();
  }
  std::uint16_t port = 0;

 private:
  HttpServer http_;
};

// A pod group with one pod per port, which has lost its address when it is 0.
std::string pods(const std::vector<std::uint16_t>& ports, std::uint16_t expose) {
  std::string list;
  for (const std::uint16_t port : ports) {
    const std::string ip = port == 0 ? "" : "127.0.0.1";
    list += (list.empty() ? "" : ",") + (R"({"Containers":[{"ContainerIp":")" + ip + R"("}]})");
  }
  return R"({"Spec":{"Name":"hello.web.web","Namespace":"hello","Pod":{"Containers":[{"Expose":)" +
         std::to_string(expose) + R"(}]}},"Pods":[)" + list + "]}";
}

// The master process; SIGTERM, so that its workers end with it.
class Nginx {
 public:
  Nginx(const std::string& directory, const std::string& conf)
      : program_(kNginx, Program::Arguments{"-p", directory, "-e", "stderr", "-c", conf}) {}
  ~Nginx() {
    program_.signal(SIGTERM);
    program_.wait();
  }
  Program& program() { return program_; }

 private:
  Program program_;
};

// "" while nobody answers.
std::string answer(std::uint16_t port) {
  try {
    const HttpReply reply = HttpClient(port).get("/");
    return reply.status == 200 ? reply.body : std::string();
  } catch (const std::exception&) {
    return {};
  }
}

std::string nginx_conf(const TempDir& dir, const std::string& listen, const std::string& http,
                       const std::string& server) {
  std::string temporary;
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    temporary += std::string(kind) + "_temp_path " + dir.file(kind) + ";\n";
  return dir.write("nginx.conf", "daemon off;\nworker_processes 1;\npid " + dir.file("pid") +
                                     ";\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" +
                                     temporary + http + "server {\nlisten 127.0.0.1:" + listen + ";\n" +
                                     server + "}\n}\n");
}

}  // namespace

TEST_CASE("An nginx that follows the web procs survives the half rule", "[views]") {
  Backend one("one");
  Backend two("two");
  ViewServer server;
  server.put(test::kWebKey, pods({one.port}, one.port));
  TempDir dir;
  const std::string file = dir.file("upstreams.conf");
  const std::uint16_t port = TcpListener().port();
  const std::string conf =
      nginx_conf(dir, std::to_string(port), "include " + file + ";\n",
                 "location / {\nproxy_pass http://hello.web.web;\nproxy_set_header Host x;\n}\n");
  const std::string url =
      "http://127.0.0.1:" + std::to_string(server.port) + "/v2/webrouter/webprocs?watch=1&heartbeat=10";
  Program router("/usr/bin/python3", {"-B", source_path("examples/webrouter/webrouter.py"), url, file, kNginx,
                                      "-p", dir.path(), "-e", "stderr", "-c", conf, "-s", "reload"});
  wait_until("the first file", [&] { return std::filesystem::exists(file); });
  Nginx nginx(dir.path(), conf);
  wait_until("the first backend", [&] { return answer(port) == "one"; });

  server.put(test::kWebKey, pods({0, 0}, two.port));
  router.wait_for("kept what there is: over half of the containers lost their IPs");
  CHECK(answer(port) == "one");
  server.put(test::kWebKey, pods({two.port}, two.port));
  wait_until("the second backend", [&] { return answer(port) == "two"; });
}

TEST_CASE("A watch passes an nginx with gzip and TLS, event by event and as it is", "[views]") {
  ViewServer server;
  TempDir dir;
  const Certificates certificates;
  const std::uint16_t port = TcpListener().port();
  const std::string conf = nginx_conf(
      dir, std::to_string(port) + " ssl", "gzip on;\ngzip_types *;\ngzip_min_length 1;\ngzip_proxied any;\n",
      "ssl_certificate " + certificates.server_cert() + ";\nssl_certificate_key " +
          certificates.server_key() + ";\nlocation / {\nproxy_pass http://127.0.0.1:" +
          std::to_string(server.port) + ";\nproxy_http_version 1.1;\n}\n");
  Nginx nginx(dir.path(), conf);
  const std::string url =
      "https://localhost:" + std::to_string(port) + "/v2/configwatcher?target=domain&watch=1";
  const std::string client =
      "import ssl, sys, urllib.request\n"
      "trust = ssl.create_default_context(cafile=sys.argv[2])\n"
      "request = urllib.request.Request(sys.argv[1], headers={'Accept-Encoding': 'gzip'})\n"
      "stream = urllib.request.urlopen(request, context=trust)\n"
      "print('encoding', stream.headers['Content-Encoding'], flush=True)\n"
      "for line in stream: print(line.decode(), end='', flush=True)\n";
  wait_until("nginx", [&] { return std::filesystem::exists(dir.file("pid")); });
  Program reader("/usr/bin/python3", {"-B", "-c", client, url, certificates.ca()});
  reader.wait_for("encoding identity\n");
  reader.wait_for("id: 1\nevent: init\ndata: {\"domain\":\"lain.local\"}\n\n");
  server.put("/lain/config/domain", "new");
  reader.wait_for("id: 2\nevent: update\ndata: {\"domain\":\"new\"}\n\n");
}
