#include "agentctl/run_order.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"

using namespace agentctl;

TEST_CASE("One word is a line for the shell and several are arguments as they are", "[server]") {
  CHECK(command_line_of({"df -h | tail -1"}) == "df -h | tail -1");
  CHECK(command_line_of({"printf", "%s|", "a b", "*", "it's", ""}) == "printf '%s|' 'a b' '*' 'it'\\''s' ''");
  CHECK(command_line_of({"ls", "-l", "/etc/hosts"}) == "ls -l /etc/hosts");
}

TEST_CASE("An order names what was asked for and nothing else", "[server]") {
  RunOptions options;
  options.words = {"uptime"};
  CHECK(run_body(options) == R"({"cmd":"uptime","pipes":true,"result":false,"timeout":3600})");
  options.workdir = "/srv";
  options.env = {"A=1", "B=x,y"};
  options.auth = "sudo";
  options.user = "www";
  options.memory = "64M";
  options.pids = 5;
  CHECK(
      run_body(options) ==
      R"({"cmd":"uptime","pipes":true,"result":false,"timeout":3600,"workdir":"/srv","env":["A=1","B=x,y"],)"
      R"("auth":"sudo","user":"www","memory":"64M","pids":5})");
}

TEST_CASE("An order without a command or with half of a user is none", "[server]") {
  RunOptions options;
  CHECK_THROWS_WITH(run_body(options), "no command: write it behind `--`");
  options.words = {"id"};
  options.user = "www";
  CHECK_THROWS_WITH(run_body(options), "--user and --auth (sudo or su) belong together");
}
