#include "core/handshake.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using core::Answer;
using core::read_answer;

TEST_CASE("come carries the machine's facts", "[core]") {
  HostFacts facts;
  facts.host_name = "web-1";
  facts.os = "linux";
  facts.platform = "debian";
  facts.memory = 8234287104;
  core::Identity identity{"id-1", "exec-agent", "2.0.0", "abc"};
  std::string text = encode_message(core::make_come(identity, facts, "192.0.2.10", "02:00:5e:10:00:01"));
  CHECK(
      text ==
      R"({"type":1,"come":{"id":"id-1","name":"exec-agent","version":"2.0.0","ip":"192.0.2.10",)"
      R"("mac":"02:00:5e:10:00:01","host_name":"web-1","os":"linux","platform":"debian","platform_version":"",)"
      R"("kernel_version":"","arch":"","cpu":"unknown","cpu_core":0,"memory":8234287104,"caps":["ack","stream","kill","end","cancel","series","limits","brief","term"],"instance":"abc"}})");
}

TEST_CASE("An accepted handshake has the id to use", "[core]") {
  Answer answer = read_answer(R"({"type":2,"handshake":{"ok":true,"id":"agent-1","msg":""}})");
  CHECK(answer.kind == Answer::Kind::accepted);
  CHECK(answer.id == "agent-1");
}

TEST_CASE("An accepted handshake names the capabilities that are in force, of those that we have", "[core]") {
  Answer answer =
      read_answer(R"({"type":2,"handshake":{"ok":true,"id":"a","msg":"","caps":["ack","sorcery"]}})");
  CHECK(answer.caps == std::vector<std::string>{"ack"});
  CHECK(read_answer(R"({"type":2,"handshake":{"ok":true,"id":"a","msg":""}})").caps.empty());
}

TEST_CASE("A refused handshake has a reason and perhaps a time", "[core]") {
  Answer answer = read_answer(R"({"type":2,"handshake":{"ok":false,"id":"","msg":"agent id conflict"}})");
  CHECK(answer.kind == Answer::Kind::refused);
  CHECK(answer.reason == "agent id conflict");
  CHECK_FALSE(answer.retry_after.has_value());

  answer = read_answer(R"({"type":2,"handshake":{"ok":false,"msg":"","retry_after":7}})");
  CHECK(answer.reason == "no reason given");
  CHECK(answer.retry_after == std::chrono::seconds(7));
}

TEST_CASE("A redirect wins over acceptance", "[core]") {
  Answer answer = read_answer(R"({"type":2,"handshake":{"ok":true,"id":"a","redirect":["x:1","y:2"]}})");
  CHECK(answer.kind == Answer::Kind::redirected);
  CHECK(answer.servers == std::vector<std::string>{"x:1", "y:2"});
}

TEST_CASE("A redirect keeps TLS and cannot read the environment", "[core]") {
  using List = std::vector<std::string>;
  CHECK(core::redirect_targets({"x:1", "$SECRET", "", "ws://y:2"}, false) == List{"x:1", "ws://y:2"});
  CHECK(core::redirect_targets({"x:1", "ws://y:2", "wss://z:3"}, true) ==
        List{"wss://x:1", "ws://y:2", "wss://z:3"});
}

TEST_CASE("Anything but a handshake is an error that says so", "[core]") {
  CHECK_THROWS_WITH(read_answer(R"({"type":8,"tid":"t"})"),
                    "the server answered with a message of type 8 instead of 2");
  CHECK_THROWS_AS(read_answer(R"({"type":2})"), Error);
  CHECK_THROWS_AS(read_answer("hello"), Error);
}
