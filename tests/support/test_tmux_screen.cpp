// A screen is what a terminal makes of a program's output.
#include "tests/support/tmux_screen.hpp"

#include <catch2/catch.hpp>

using namespace test;

TEST_CASE("A screen shows what is left when all sequences are obeyed", "[support]") {
  const TmuxScreen screen("cd /", 40, 10);
  screen.type("printf 'wrong\\r\\033[Kright\\n'\r");
  screen.wait_for(R"(
$ printf 'wrong\r\033[Kright\n'
right
$)");
  CHECK(screen.modes().empty());
}

TEST_CASE("A screen tells its modes and its colours", "[support]") {
  const TmuxScreen screen("red() { printf '\\033[31mred\\033[0m\\n'; }", 40, 10);
  screen.type("red\r");
  screen.wait_for_part("red\nred");
  CHECK(screen.colored_text().find("\x1b[31mred") != std::string::npos);
  screen.type("printf '\\033[?1049h\\033[?25l\\033[2;5r\\033[?7l\\033='; sleep 100\r");
  wait_until("the modes",
             [&] { return screen.modes() == "alternate-screen no-cursor keypad no-wrap region"; });
}

TEST_CASE("A screen has the size that it is given", "[support]") {
  const TmuxScreen screen("", 40, 10);
  screen.type("stty size\r");
  screen.wait_for_part("10 40");
  screen.resize(100, 30);
  screen.type("until [ \"$(stty size)\" = '30 100' ]; do sleep 0.05; done; clear; stty size\r");
  screen.wait_for("30 100\n$");
}

TEST_CASE("What differs from run to run is the same on a steady screen", "[support]") {
  CHECK(steady("exec-1  ok  0  12.3s  20261130-00007-6cbad8627b6b8a88") ==
        "exec-1  ok  0  0.0s  20260101-00001-0123456789abcdef");
  CHECK(steady("exec-agent  2.0.0    http://127.0.0.1:4711") == "exec-agent  1.2.3    http://127.0.0.1:1");
}
