// What the originals rely on (wire protocol, 1, 2, 4, 7.4 and 9), seen from outside.
#include <regex>

#include "net/websocket_codec.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace {

// An example-agent that is connected to an original.
struct AtOriginal {
  explicit AtOriginal(const std::string& settings = {})
      : agent(server.address(), "example-1", settings), session(server.connected()) {}

  WireServer server;
  AgentProgram agent;
  WirePeer session;
};

const std::string kTid = "20260301-00042-0f3c9a7712bd44e1";

}  // namespace

TEST_CASE("An agent's upgrade request is what the originals accept", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "example-1");
  const WireServer::Visit visit = server.accept();
  const auto& request = visit.request;
  CHECK(request.method == "GET");
  CHECK(request.target == "/ws/agent");
  CHECK(request.header("Host") == server.address());
  CHECK(request.header("Origin") == "");
  CHECK(request.header("Sec-WebSocket-Protocol") == "");
  CHECK(request.header("Sec-WebSocket-Version") == "13");
  CHECK(request.header("Sec-WebSocket-Extensions") ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  CHECK(request.header("Authorization") == "");
}

TEST_CASE("An agent's first message has every key, and numbers as Go reads them", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "example-1");
  WirePeer session = server.upgraded();
  const std::string come = session.receive_type(1);
  for (const char* key : {"id", "name", "version", "ip", "mac", "host_name", "os", "platform",
                          "platform_version", "kernel_version", "arch", "cpu", "cpu_core", "memory"}) {
    INFO(key << " in " << come);
    CHECK(come.find("\"" + std::string(key) + "\":") != std::string::npos);
  }
  CHECK(json_at(come, "come.id") == "example-1");
  CHECK(json_at(come, "come.name") == "example-agent");
  CHECK(json_at(come, "come.ip") == "127.0.0.1");
  CHECK(json_at(come, "come.os") == "linux");
  CHECK(std::regex_match(json_at(come, "come.cpu_core"), std::regex("[1-9][0-9]*")));
  CHECK(std::regex_match(json_at(come, "come.memory"), std::regex("[1-9][0-9]*")));
  CHECK_FALSE(std::regex_match(json_at(come, "come.kernel_version"), std::regex("")));
  CHECK(come.find("\"tid\"") == std::string::npos);
}

TEST_CASE("An agent sends masked text frames and understands an original's compressed ones", "[system]") {
  AtOriginal at;
  CHECK(at.session.is_deflated());
  at.session.send("{\"type\":8,\"tid\":\"" + kTid + "\"}\n");
  const Frame frame = at.session.receive_frame();
  CHECK(frame.opcode == Opcode::text);
  CHECK(frame.masked);
  CHECK(frame.fin);
  CHECK((frame.rsv1 ? inflated(frame.payload) : frame.payload) == "{\"type\":9,\"tid\":\"" + kTid + "\"}");
}

TEST_CASE("An agent serves an original that agrees to no compression", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "example-1");
  WireServer::Visit visit = server.accept();
  std::erase_if(visit.request.headers,
                [](const auto& header) { return header.first == "Sec-WebSocket-Extensions"; });
  WirePeer session = agree(std::move(visit));
  CHECK_FALSE(session.is_deflated());
  CHECK(receive_come(session).id == "example-1");
  session.send(welcome("example-1"));
  session.send(R"({"type":8,"tid":"t-1"})");
  const Frame frame = session.receive_frame();
  CHECK_FALSE(frame.rsv1);
  CHECK(frame.payload == R"({"type":9,"tid":"t-1"})");
}

TEST_CASE("An agent leaves a server that agrees to compression with context takeover", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "example-1");
  WireServer::Visit visit = server.accept();
  const auto upgrade = agent::net::accept_upgrade(visit.request, true);
  visit.socket.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: " +
      upgrade.accept + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
  CHECK(visit.socket.is_closed_within(kPatience));
  WirePeer session = server.connected();
}

TEST_CASE("An agent reads what Go may write", "[system]") {
  AtOriginal at;
  const std::string foo =
      GENERATE(as<std::string>{}, R"({"type":8,"tid":"t-1"})", R"({"tid":"t-1","type":8})",
               R"({"type":8,"tid":"t-1","plugin":{"name":"x"},"errmsg":"","foo":null})",
               R"({"Type":8,"TID":"t-1"})", R"( {"type" : 8 , "tid":"\u0074-1"}  )");
  at.session.send(foo);
  CHECK(at.session.receive() == R"({"type":9,"tid":"t-1"})");
  at.session.send_frame({.opcode = Opcode::binary, .payload = foo});
  CHECK(at.session.receive() == R"({"type":9,"tid":"t-1"})");
}

TEST_CASE("An agent skips what it cannot read or does not know and stays", "[system]") {
  AtOriginal at;
  for (const char* message :
       {"", "garbage", "[]", R"({"type":"8"})", R"({"type":77,"tid":"t-0"})", R"({"type":10002,"tid":"t-0"})",
        R"({"type":10002,"tid":"t-0","log_dreq":7})"}) {
    at.session.send(message);
  }
  at.session.send(R"({"type":8,"tid":"t-1"})");
  CHECK(at.session.receive_type(9) == R"({"type":9,"tid":"t-1"})");
  CHECK(at.agent.sessions() == 1);
}

TEST_CASE("An agent sends each log block with offset 0, in order, for an original", "[system]") {
  TempDir logs;
  logs.write("example-agent.log.1", std::string(100'000, 'l'));
  AtOriginal at("basic.log.target = stdout,file\nbasic.log.dir = " + logs.path() + "\n");
  at.session.send(R"({"type":10002,"tid":"t-1","log_dreq":{"files":["example-agent.log.1"]}})");
  const std::string info = at.session.receive();
  CHECK(json_at(info, "type") == "10003");
  CHECK(json_at(info, "tid") == "t-1");
  CHECK(json_at(info, "log_dinfo.ok") == "true");
  CHECK(json_at(info, "log_dinfo.block_size") == "32000");
  CHECK(std::regex_match(json_at(info, "log_dinfo.md5"), std::regex("\\[([0-9]{1,3},){15}[0-9]{1,3}\\]")));
  const std::size_t size = std::stoul(json_at(info, "log_dinfo.size"));
  CHECK(size > 100'000);
  for (std::size_t sent = 0; sent < size; sent += 32'000) {
    const std::string block = at.session.receive();
    CHECK(json_at(block, "type") == "10004");
    CHECK(json_at(block, "log_ddata.offset") == "0");
    CHECK(json_at(block, "log_ddata.data").starts_with("$0$"));
  }
}

TEST_CASE("An agent's refusal of a log download has a reason and sixteen zeros", "[system]") {
  AtOriginal at;
  at.session.send(R"({"type":10002,"tid":"t-1","log_dreq":{"files":["../../etc/passwd"]}})");
  const std::string info = at.session.receive();
  CHECK(json_at(info, "log_dinfo.ok") == "false");
  CHECK(json_at(info, "log_dinfo.msg") != "");
  CHECK(json_at(info, "log_dinfo.md5") == "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]");
}

TEST_CASE("An agent's report has all keys, integers without fraction and no tid", "[system]") {
  AtOriginal at("basic.monitor.enabled = true\nbasic.monitor.interval = 100ms\n");
  const std::string report = at.session.receive_type(7);
  CHECK(report.find("\"tid\"") == std::string::npos);
  for (const char* key : {"ts", "rs", "st", "hi", "ip", "ib", "op", "ob", "pe", "pr", "rcc", "rcs", "wcs"}) {
    INFO(key << " in " << report);
    CHECK(std::regex_match(json_at(report, "ai." + std::string(key)), std::regex("-?[0-9]+")));
  }
  for (const char* key : {"v", "gv", "cu", "mu", "gc", "puc", "pop", "pob"}) {
    INFO(key << " in " << report);
    CHECK(report.find("\"" + std::string(key) + "\":") != std::string::npos);
  }
  CHECK(json_at(report, "ai.gv").find("c++") != std::string::npos);
  for (const char* quantile : {"0", "25", "50", "75", "100"}) {
    CHECK(json_at(report, "ai.gc." + std::string(quantile)) == "0");
  }
}

TEST_CASE("The server answers an upgrade with the originals' terms, or with none", "[system]") {
  Scene scene;
  WireAgent with(scene.server.port(), {.id = "with"});
  REQUIRE(with.upgrade() == 101);
  CHECK(with.upgrade_reply().header("Sec-WebSocket-Extensions") ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  CHECK(with.upgrade_reply().header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

  WireAgent without(scene.server.port(), {.id = "without", .deflate = false});
  REQUIRE(without.upgrade() == 101);
  CHECK(without.upgrade_reply().header("Sec-WebSocket-Extensions") == "");
  CHECK(without.handshake().ok);
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/without");
  without.serve_foo();
  CHECK(http.read_reply().status == 200);
}

TEST_CASE("The server's handshake and requests are what a Go agent decodes", "[system]") {
  Scene scene;
  WireAgent agent(scene.server.port(), {.id = ""});
  REQUIRE(agent.upgrade() == 101);
  agent.peer().send(agent::encode_message(make_come({.id = ""})) + "\n");
  const std::string answer = agent.peer().receive();
  CHECK(std::regex_match(
      answer,
      std::regex(R"(\{"type":2,"handshake":\{"ok":true,"id":"agent-[0-9]{8}-[0-9a-f]{16}","msg":""\}\})")));

  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/" + json_at(answer, "handshake.id"));
  const std::string foo = agent.peer().receive_type(8);
  CHECK(std::regex_match(foo, std::regex(R"(\{"type":8,"tid":"[0-9]{8}-[0-9]{5}-[0-9a-f]{16}"\})")));
}

TEST_CASE("The server answers an agent's pings and reads uncompressed messages after agreeing to deflate",
          "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  agent.peer().send_frame({.opcode = Opcode::ping});
  CHECK(agent.peer().receive_frame().opcode == Opcode::pong);
  agent.peer().send_frame({.payload = "{\"type\":7,\"ai\":{\"ts\":12}}\n"});
  const std::string series = "agent_info{agent_type=\"example-agent\",id=\"wire-1\",tag=\"threads\"}";
  wait_until("the report", [&] { return scene.server.metric(series) == 12.0; });
}

TEST_CASE("The server reads a log list of null and blocks with offset 0 or the true one", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/agents/wire-1/logs");
  const auto list = agent::Envelope::parse(agent.peer().receive_type(10000));
  agent.peer().send(R"({"type":10001,"tid":")" + std::string(list.tid()) + R"(","ls_log":{"files":null}})");
  CHECK(json_at(http.read_reply().body, "code") == "200");

  const std::string md5_of_abcdef = "[232,11,80,23,9,137,80,252,88,170,216,60,140,20,151,142]";
  for (const char* offset : {"0", "3"}) {
    http.send_request("GET", "/api/agents/wire-1/log/download?files=a.log");
    const auto request = agent::Envelope::parse(agent.peer().receive_type(10002));
    const std::string head = R"(,"tid":")" + std::string(request.tid()) + "\",";
    agent.peer().send(R"({"type":10003)" + head + R"("log_dinfo":{"ok":true,"size":6,"block_size":3,"md5":)" +
                      md5_of_abcdef + "}}");
    agent.peer().send(R"({"type":10004)" + head + R"("log_ddata":{"offset":0,"data":"$0$YWJj"}})");
    agent.peer().send(R"({"type":10004)" + head + R"("log_ddata":{"offset":)" + offset +
                      R"(,"data":"$0$ZGVm"}})");
    CHECK(http.read_reply().body == "abcdef");
  }
}

TEST_CASE("A log download that is short, long or altered is no success", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const std::string blocks =
      GENERATE(as<std::string>{}, "$0$YWJjZGVmZw==", "$0$YWJjZGVn", "$9$YWJjZGVm", "YWJjZGVm", "$0$***");
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/agents/wire-1/log/download?files=a.log");
  const auto request = agent::Envelope::parse(agent.peer().receive_type(10002));
  const std::string head = R"(,"tid":")" + std::string(request.tid()) + "\",";
  agent.peer().send(
      R"({"type":10003)" + head +
      R"("log_dinfo":{"ok":true,"size":6,"md5":[232,11,80,23,9,137,80,252,88,170,216,60,140,20,151,142]}})");
  agent.peer().send(R"({"type":10004)" + head + R"("log_ddata":{"offset":0,"data":")" + blocks + "\"}}");
  CHECK(http.read_reply().status == 500);
  scene.check_unharmed();
}
