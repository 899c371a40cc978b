#include "agentctl/safe_text.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace agentctl;

TEST_CASE("A safe text shows what would move the cursor", "[server]") {
  CHECK(safe_text("plain, ümläut, 漢字") == "plain, ümläut, 漢字");
  CHECK(safe_text("\x1b[2J\x1b]0;title\x07") == "\\x1b[2J\\x1b]0;title\\x07");
  CHECK(safe_text("a\nb\rc\td\x7f") == "a\\nb\\rc\\td\\x7f");
  CHECK(safe_text("\xc2\x9b"
                  "31m") == "\\x9b31m");  // CSI in one byte
  CHECK(safe_text(std::string("a\0b", 3)) == "a\\x00b");
}

TEST_CASE("A safe text shows what would turn the direction of writing", "[server]") {
  CHECK(safe_text("gpj\u202Eexe") == "gpj\\u202eexe");
  CHECK(safe_text("a\u2028b\u2066") == "a\\u2028b\\u2066");
}

TEST_CASE("Bytes that are no UTF-8 are shown by their numbers", "[server]") {
  CHECK(safe_text("caf\xe9") == "caf\\xe9");
  CHECK(safe_text("\xf0\x9f") == "\\xf0\\x9f");
}

TEST_CASE("A line of output keeps its tabs and no carriage return", "[server]") {
  CHECK(safe_line("a\tb\rc") == "a\tb\\rc");
}

TEST_CASE("A text is cut to columns and says so", "[server]") {
  CHECK(cut_to_columns("abcdef", 6) == "abcdef");
  CHECK(cut_to_columns("abcdef", 4) == "abc…");
  CHECK(cut_to_columns("äöüß", 3) == "äö…");
  CHECK(cut_to_columns("abc", 0).empty());
  CHECK(columns_of("äöü") == 3);
}
