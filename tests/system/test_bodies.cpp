// Requests with a body: POST /api/agents/{id}/call is the route that takes one.
#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace {

const std::string kPath = "/api/agents/wire-1/call";
const std::string kBegin = "POST " + kPath + " HTTP/1.1\r\nHost: x\r\n";
constexpr int kEcho = 1000;  // a type of a custom agent

// Answers one message of a custom type with the same payload.
void serve_echo(WireAgent& agent) {
  const std::string request = agent.peer().receive_type(kEcho);
  agent.peer().send(request);
}

std::string code_of(const HttpReply& reply) { return json_at(reply.body, "code"); }

}  // namespace

TEST_CASE("A body arrives however it is sent", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  HttpClient http = scene.server.client();
  const std::string body = R"({"type":1000,"echo":{"text":"hello"}})";
  const std::string length = std::to_string(body.size());

  SECTION("at once") { http.send_request("POST", kPath, {}, body); }
  SECTION("in chunks") {
    http.send_bytes(kBegin + "Transfer-Encoding: chunked\r\n\r\n");
    for (char byte : body) http.send_bytes(std::string("1;x=y\r\n") + byte + "\r\n");
    http.send_bytes("0\r\nTrailer: x\r\n\r\n");
  }
  SECTION("byte by byte") {
    http.send_bytes(kBegin + "Content-Length: " + length + "\r\n\r\n");
    for (char byte : body) http.send_bytes({&byte, 1});
  }
  SECTION("once it was asked for") {
    http.send_bytes(kBegin + "Expect: 100-continue\r\nContent-Length: " + length + "\r\n\r\n");
    CHECK(http.socket().receive() == "HTTP/1.1 100 Continue\r\n\r\n");
    http.send_bytes(body);
  }
  serve_echo(agent);
  const HttpReply reply = http.read_reply();
  CHECK(code_of(reply) == "200");
  CHECK(json_at(reply.body, "payload.echo.text") == "hello");
  CHECK(http.get("/healthz").status == 200);
}

TEST_CASE("A body that is wrong is a bad request and says why", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  HttpClient http = scene.server.client();
  const std::vector<std::string> bodies = {
      "",
      "hello",
      "[]",
      "{}",
      R"({"type":"1000"})",
      R"({"type":1000.5})",
      R"({"type":99999999999999999999})",
      R"({"type":8})",
      R"({"type":-1})",
      R"({"type":1000,"timeout":0})",
      R"({"type":1000,"timeout":"soon"})",
      R"({"type":1000)",
      R"({"type":1000,"x":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}",
  };
  for (const std::string& body : bodies) {
    INFO(body.substr(0, 60));
    const HttpReply reply = http.request("POST", kPath, {}, body);
    CHECK(code_of(reply) == "400");
    CHECK(json_at(reply.body, "msg") != "");
  }
  CHECK(scene.server.metric("agent_server_messages_total{direction=\"out\"}") == 0.0);
  scene.check_unharmed();
}

TEST_CASE("A body beyond the limit is refused whether it says its size or not", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const std::string body = R"({"type":1000,"x":")" + std::string(2'000'000, 'x') + "\"}";
  HttpClient with_length = scene.server.client();
  CHECK(with_length.request("POST", kPath, {}, body).status == 413);
  HttpClient in_chunks = scene.server.client();
  in_chunks.send_bytes(kBegin + "Transfer-Encoding: chunked\r\n\r\n1e847a\r\n" + body);
  CHECK(in_chunks.read_reply().status == 413);
  scene.check_unharmed();
}

TEST_CASE("A chunk that is none ends its request", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  for (const char* chunk :
       {"xyz\r\nabc\r\n", "-1\r\nabc\r\n", "ffffffffffffffffff\r\nabc\r\n", "3\r\nabcdef\r\n"}) {
    INFO(chunk);
    HttpClient http = scene.server.client();
    http.send_bytes(kBegin + "Transfer-Encoding: chunked\r\n\r\n" + chunk);
    CHECK(http.read_reply().status == 400);
  }
  scene.check_unharmed();
}

TEST_CASE("A client that leaves at any byte of its body calls nobody", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const std::string body = R"({"type":1000,"echo":{}})";
  for (std::size_t size = 0; size < body.size(); ++size) {
    TcpSocket socket = TcpSocket::connect(scene.server.port());
    socket.send(kBegin + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body.substr(0, size));
    size % 2 == 0 ? socket.close() : socket.reset();
  }
  scene.check_unharmed();
  CHECK(scene.server.metric("agent_server_messages_total{direction=\"out\"}") == 1.0);  // the bystander's foo
}

TEST_CASE("A call that is not answered in its time is 504, and the agent keeps its session", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  HttpClient http = scene.server.client();
  const HttpReply reply = http.request("POST", kPath, {}, R"({"type":1000,"timeout":1})");
  CHECK(code_of(reply) == "504");
  CHECK(json_at(reply.body, "msg") == "timeout");
  serve_echo(agent);  // too late
  wait_until("the late reply is counted", [&] {
    return scene.server.metric("agent_server_replies_dropped_total{reason=\"unknown_tid\"}") == 1.0;
  });
  http.send_request("POST", kPath, {}, R"({"type":1000,"echo":null})");
  serve_echo(agent);
  CHECK(code_of(http.read_reply()) == "200");
  scene.check_unharmed();
}
