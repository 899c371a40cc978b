#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using std::chrono::seconds;

namespace {

// The status of the first reply in it, 0 when there is none.
int status_of(const std::string& reply) {
  return reply.starts_with("HTTP/1.") ? std::stoi(reply.substr(9, 3)) : 0;
}

struct Bad {
  std::string name;
  std::string bytes;
};

std::string header_of(std::size_t size) {
  return "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(size, 'a') + "\r\n\r\n";
}

// What is refused at once, each with a status of the 400s or 500s.
std::vector<Bad> refused_requests() {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  std::string many_headers = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 10'000; ++i) many_headers += "X-" + std::to_string(i) + ": y\r\n";
  return {
      {"every byte there is", all_bytes + "\r\n\r\n"},
      {"a TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"no version", "GET /\r\n\r\n"},
      {"another version", "GET / HTTP/9.9\r\nHost: x\r\n\r\n"},
      {"no Host", "GET /healthz HTTP/1.1\r\n\r\n"},
      {"an unknown method", "BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a header without a colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"},
      {"a NUL in a header", std::string("GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 35)},
      {"a header of 100 KB", header_of(100'000)},
      {"10,000 headers", many_headers + "\r\n"},
      {"a path of 100 KB", "GET /" + std::string(100'000, 'p') + " HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"a negative length", "POST /api/agents HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"},
      {"a length beyond 64 bits",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"a length and chunks",
       "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
  };
}

// How much of 1 GB goes down a connection before it is cut.
std::size_t mebibytes_taken(TcpSocket& socket) {
  const std::string piece(1024 * 1024, 'a');
  std::size_t taken = 0;
  while (taken < 1024 && socket.try_send(piece)) ++taken;
  return taken;
}

// What the server reads on to let its answer arrive, and what lies in the kernels' buffers.
constexpr std::size_t kTakenAtMost = 64;

}  // namespace

TEST_CASE("Garbage instead of HTTP gets an error status and ends only its own connection", "[system]") {
  Scene scene;
  for (const Bad& bad : refused_requests()) {
    INFO(bad.name);
    const int status = status_of(send_raw(scene.server.port(), bad.bytes));
    CHECK(status >= 400);
  }
  scene.check_unharmed();
}

TEST_CASE("Connections that end at any byte of a request harm nobody", "[system]") {
  Scene scene;
  const std::string request = "GET /api/foo/bystander HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
  for (std::size_t size = 0; size <= request.size(); ++size) {
    TcpSocket socket = TcpSocket::connect(scene.server.port());
    socket.send(request.substr(0, size));
    size % 2 == 0 ? socket.close() : socket.reset();
  }
  scene.check_unharmed();
}

TEST_CASE("A header of 1 GB is refused and then cut off", "[system]") {
  Scene scene;
  const std::size_t before = scene.server.program().resident_bytes();
  TcpSocket socket = TcpSocket::connect(scene.server.port());
  socket.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(100'000, 'a'));
  CHECK(status_of(socket.receive()) == 431);
  CHECK(mebibytes_taken(socket) < kTakenAtMost);
  check_memory(scene.server.program(), before + 32 * 1024 * 1024);
  scene.check_unharmed();
}

TEST_CASE("A body of 1 GB that nobody asked for is refused and then cut off", "[system]") {
  Scene scene;
  const std::string path =
      GENERATE(as<std::string>{}, "/nothing", "/api/foo/bystander", "/api/agents/bystander/call");
  const std::size_t before = scene.server.program().resident_bytes();
  TcpSocket socket = TcpSocket::connect(scene.server.port());
  socket.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n" +
              std::string(2'000'000, 'a'));
  CHECK(status_of(socket.receive()) >= 400);
  CHECK(mebibytes_taken(socket) < kTakenAtMost);
  check_memory(scene.server.program(), before + 32 * 1024 * 1024);
  scene.check_unharmed();
}

TEST_CASE("Unknown routes are 404 in text, as the original has it, and other methods 405", "[system]") {
  Scene scene;
  HttpClient http = scene.server.client();
  for (const char* path :
       {"/nothing", "/api", "/api/", "/api/nothing", "/api/foo", "/api/foo/a/b", "/ws",
        "/api/agents/a/logs/b", "///", "/../etc/passwd", "/api/foo/%00%ff", "/docs/../api"}) {
    INFO(path);
    const HttpReply reply = http.get(path);
    if (std::string(path).find("%00") != std::string::npos) {
      CHECK(json_at(reply.body, "code") == "404");
      continue;
    }
    CHECK(reply.status == 404);
    CHECK(reply.body == "404 page not found");
  }
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "PROPFIND"}) {
    INFO(method);
    const HttpReply reply = http.request(method, "/api/agents");
    CHECK(reply.status == 405);
    CHECK(reply.header("Allow") == "GET, HEAD, OPTIONS");
    CHECK(reply.body == "405 method not allowed");
    CHECK(http.request(method, "/ws/agent").status == 405);
    CHECK(http.request(method, "/nothing").status == 404);
  }
  const HttpReply options = http.request("OPTIONS", "/api/exec/x/kill/4");
  CHECK(options.status == 204);
  CHECK(options.header("Allow") == "DELETE, OPTIONS");
  CHECK(options.header("Date").size() == std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
  CHECK(http.request("HEAD", "/healthz").status == 200);
  CHECK(http.get("/api/agents/").status == 301);
  scene.check_unharmed();
}

TEST_CASE("Bad parameters are 400 and say which", "[system]") {
  Scene scene;
  HttpClient http = scene.server.client();
  for (const char* query :
       {"page=0", "page=-1", "page=abc", "page=1.5", "page=99999999999999999999", "size=abc", "size=9",
        "size=0", "size=-5", "page=%00", "page=1&size=x", "size=1e3", "page="}) {
    INFO(query);
    const std::string body = http.get(std::string("/api/agents?") + query).body;
    CHECK(json_at(body, "code") == "400");
    CHECK(json_at(body, "msg") != "");
  }
  for (const char* query : {"page=1&size=10", "os=plan9", "type=%zz", "&&&=&", "page=1&page=1", "x=%"}) {
    INFO(query);
    CHECK(json_at(http.get(std::string("/api/agents?") + query).body, "code") == "200");
  }
  CHECK(json_at(http.get("/api/agents/bystander/log/download?files=a&timeout=0").body, "code") == "400");
  CHECK(json_at(http.get("/api/agents/bystander/log/download?files=a&timeout=soon").body, "code") == "400");
  scene.check_unharmed();
}

TEST_CASE("An upgrade that is none is refused with its reason", "[system]") {
  Scene scene;
  const std::string begin = "GET /ws/agent HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::vector<Bad> requests = {
      {"no upgrade at all", begin},
      {"no key", begin + upgrade + version},
      {"an empty key", begin + upgrade + version + "Sec-WebSocket-Key:\r\n"},
      {"a key of another size", begin + upgrade + version + "Sec-WebSocket-Key: YWJj\r\n"},
      {"no version", begin + upgrade + key},
      {"another version", begin + upgrade + key + "Sec-WebSocket-Version: 8\r\n"},
      {"another protocol", begin + "Connection: Upgrade\r\nUpgrade: h2c\r\n" + key + version},
      {"another origin", begin + upgrade + key + version + "Origin: http://evil.example\r\n"},
  };
  for (const Bad& bad : requests) {
    INFO(bad.name);
    const std::string reply = send_raw(scene.server.port(), bad.bytes + "Connection: close\r\n\r\n");
    CHECK(status_of(reply) >= 400);
    CHECK(status_of(reply) < 500);
    CHECK_FALSE(reply.ends_with("\r\n\r\n"));  // there is a text
  }
  const std::string good = begin + upgrade + key + version + "Origin: http://127.0.0.1\r\n\r\n";
  TcpSocket same_origin = TcpSocket::connect(scene.server.port());
  same_origin.send(good);
  CHECK(status_of(same_origin.receive()) == 101);
  scene.check_unharmed();
}

TEST_CASE("A client that sends its request byte by byte is served", "[system]") {
  Scene scene;
  TcpSocket socket = TcpSocket::connect(scene.server.port());
  for (char byte : std::string("GET /api/foo/bystander HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
    socket.send({&byte, 1});
  }
  CHECK(socket.receive_all().find("{\"code\":200") != std::string::npos);
}

TEST_CASE("Garbage behind a request does not change its answer", "[system]") {
  Scene scene;
  const std::string replies =
      send_raw(scene.server.port(), "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\x01\x02\x03\r\n\r\n");
  CHECK(status_of(replies) == 200);
  CHECK(replies.find("HTTP/1.1 400") != std::string::npos);
  scene.check_unharmed();
}
