#include <catch2/catch.hpp>

#include "commands/shown_text.hpp"

using server::shown_text;

TEST_CASE("A text that is cut says by how much", "[server][commands]") {
  CHECK(shown_text("0123456789", 10) == "0123456789");
  CHECK(shown_text("0123456789ab", 10) == "0123456789\u2026(+2 bytes)");
  CHECK(shown_text(std::string(1'000'000, 'x'), 3) == "xxx\u2026(+999997 bytes)");
  CHECK(shown_text("", 10).empty());
}

TEST_CASE("A cut goes through no character and no credential", "[server][commands]") {
  CHECK(shown_text("ab\u4e2dd", 4) == "ab\u2026(+4 bytes)");
  CHECK(shown_text("get http://me:hunter2@host/", 16) == "get http://me:**\u2026(+7 bytes)");
  CHECK(shown_text("x --password hunter2", 16) == "x --password ***");
}
