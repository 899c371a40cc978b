#include <catch2/catch.hpp>
#include <string>

#include "agentctl/screen_modes.hpp"

using agentctl::ScreenModes;

namespace {

std::string undo(const std::string& output) {
  ScreenModes modes;
  for (const char c : output) modes.feed(std::string(1, c));
  return modes.undo();
}

}  // namespace

TEST_CASE("Nothing is undone at a terminal that a program left alone", "[agentctl]") {
  CHECK(undo("plain text\r\n").empty());
}

TEST_CASE("Modes that a program left on are switched off, and those that it put back are not", "[agentctl]") {
  CHECK(undo("\x1b[?1049h\x1b[?25l\x1b[?2004h") == "\x1b[?25h\x1b[?2004l\x1b[?1049l\x1b[0m");
  CHECK(undo("\x1b[?1049h\x1b[?1049l") == "\x1b[0m");
  CHECK(undo("\x1b[?1000;1006h") == "\x1b[?1000l\x1b[?1006l\x1b[0m");
  CHECK(undo("\x1b[31mred") == "\x1b[0m");
}

TEST_CASE("What an editor switches besides is switched back", "[agentctl]") {
  CHECK(undo("\x1b[?7l\x1b[?5h\x1b[4h") == "\x1b[?5l\x1b[?7h\x1b[4l\x1b[0m");
  CHECK(undo("\x1b=\x1b(0\x1b[>4;2m\x1b[>1u\x1b[6 q") == "\x1b(B\x1b>\x1b[>4m\x1b[<9u\x1b[0 q\x1b[0m");
  CHECK(undo("\x1b=\x1b(0\x1b[>4;2m\x1b[>1u\x1b[6 q\x1b>\x1b(B\x1b[>4m\x1b[<u\x1b[0 q") == "\x1b[0m");
  CHECK(undo("\x0e") == "\x0f");
  CHECK(undo("\x0e\x0f").empty());
}

TEST_CASE("All lines scroll again and the cursor stays where it was", "[agentctl]") {
  CHECK(undo("\x1b[2;8r") == "\0337\033[r\0338\033[0m");
  CHECK(undo("\x1b[2;8r\x1b[r") == "\x1b[0m");
  // The alternate screen brings the cursor back itself.
  CHECK(undo("\x1b[?1049h\x1b[2;8r\x1b[?6h") == "\x1b[r\x1b[?6l\x1b[?1049l\x1b[0m");
}

TEST_CASE("Nothing is left to undo after a terminal was reset", "[agentctl]") {
  CHECK(undo("\x1b[?1049h\x1b=\x1b[2;8r\x1b"
             "c") == "\x1b[0m");
  CHECK(undo("\x1b[?25l\x1b[!p") == "\x1b[0m");
}

TEST_CASE("The longest undoing fits into what is kept for it", "[agentctl]") {
  std::string all = "\x0e\x1b(0\x1b=\x1b[>4;2m\x1b[>1u\x1b[6 q\x1b[2;8r\x1b[?7;25l\x1b[4;20h";
  all += "\x1b[?2026;6;1;5;66;9;1000;1001;1002h\x1b[?1003;1004;1005;1006;1015;1016;2004;47;1047;1049h";
  CHECK(undo(all).size() > 150);
  CHECK(undo(all).size() <= ScreenModes::kMostUndo);
}

TEST_CASE("A sequence without an end is none", "[agentctl]") {
  CHECK(undo("\x1b[?" + std::string(10'000, '1') + "h") == "\x1b[0m");
  CHECK(undo("\x1b[?1049\x1b[?25l") == "\x1b[?25h\x1b[0m");
}
