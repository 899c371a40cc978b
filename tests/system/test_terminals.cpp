// Terminals from a client to a real shell and back, over connections that break.
#include <catch2/catch.hpp>

#include "tests/support/terminal_client.hpp"
#include "tests/system/terminal_scene.hpp"

using namespace test;

TEST_CASE("A shell on a terminal obeys what is typed, and its end is told", "[system]") {
  TerminalScene scene;
  scene.start_shell();
  TerminalClient client(scene.server.port(), scene.path());
  client.type("echo he''llo; stty size\r");
  client.wait_for("hello\r\n");
  client.wait_for("24 80");
  client.order(R"({"type":"resize","rows":50,"cols":132})");
  client.type("stty size\r");
  client.wait_for("50 132");
  client.type("exit 7\r");
  CHECK(json_at(client.wait_for_news("exit"), "code") == "7");
  CHECK(client.wait_for_end() == 1000);
}

TEST_CASE("Control-C stops a program that floods the terminal, and the prompt comes", "[system]") {
  TerminalScene scene;
  scene.start_shell();
  TerminalClient client(scene.server.port(), scene.path());
  client.type("yes\r");
  client.wait_for("y\r\ny\r\ny\r\n");
  client.type("\x03");
  client.type("echo pro''mpt\r");
  client.wait_for("prompt\r\n");
  client.order(R"({"type":"signal","name":"HUP"})");
}

TEST_CASE("A storm of resizes ends with the last size", "[system]") {
  TerminalScene scene;
  scene.start_shell();
  TerminalClient client(scene.server.port(), scene.path());
  for (int i = 0; i < 5000; ++i)
    client.order(R"({"type":"resize","cols":80,"rows":)" + std::to_string(1 + i % 100) + "}");
  client.order(R"({"type":"resize","rows":33,"cols":44})");
  client.type("stty size\r");
  client.wait_for("33 44");
}

TEST_CASE("Input that a program does not read waits at the client, and all of it comes in the end",
          "[system]") {
  TerminalScene scene;
  scene.start(R"({"stdin":true,"cmd":"read go; wc -c"})");
  TerminalClient client(scene.server.port(), scene.path());
  const std::string much(1024 * 1024, 'x');
  client.type("\n");
  for (std::size_t at = 0; at < much.size(); at += 32 * 1024) client.type(much.substr(at, 32 * 1024));
  client.order(R"({"type":"eof"})");
  client.wait_for(std::to_string(much.size()));
  CHECK(json_at(client.wait_for_news("exit"), "code") == "0");
}

TEST_CASE("A client whose connection is cut finds its terminal as it was, in another server process, too",
          "[system]") {
  TerminalScene scene;
  scene.start_shell();
  {
    TerminalClient client(scene.server.port(), scene.path());
    client.type("value=kept; echo se''t\r");
    client.wait_for("set\r\n");
  }
  scene.server.kill();
  scene.server.start();
  scene.server.wait_for_agent("exec-1");
  TerminalClient again(scene.server.port(), scene.path());
  again.wait_for("set\r\n");
  again.type("echo $value\r");
  again.wait_for("kept\r\n");
  again.type("exit\r");
  again.wait_for_news("exit");
}
