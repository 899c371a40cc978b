#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "agentctl/copy_names.hpp"

using namespace agentctl;

TEST_CASE("A place is on a machine if an id and a colon come first", "[agentctl]") {
  CHECK(parse_place("web-1:/etc/hosts").agent == "web-1");
  CHECK(parse_place("web-1:/etc/hosts").path == "/etc/hosts");
  CHECK_FALSE(parse_place("file").is_remote());
  CHECK_FALSE(parse_place("./a:b").is_remote());
  CHECK_FALSE(parse_place("/tmp/a:b").is_remote());
}

TEST_CASE("One end of a copy is here and the other one on a machine", "[agentctl]") {
  CHECK(parse_copy({"a", "b", "x:/tmp"}).sources.size() == 2);
  CHECK(parse_copy({"x:/a", "."}).target.path == ".");
  CHECK_THROWS_AS(parse_copy({"a"}), agent::Error);
  CHECK_THROWS_AS(parse_copy({"a", "b"}), agent::Error);
  CHECK_THROWS_AS(parse_copy({"x:/a", "y:/b"}), agent::Error);
  CHECK_THROWS_AS(parse_copy({"x:/a", "x:/a"}), agent::Error);
  CHECK_THROWS_AS(parse_copy({"x:", "."}), agent::Error);
  CHECK_THROWS_AS(parse_copy({"a", "x:"}), agent::Error);
  CHECK_THROWS_AS(parse_copy({"a", ",:/b"}), agent::Error);
  CHECK(split_ids("a,,b,") == std::vector<std::string>{"a", "b"});
}

TEST_CASE("Names that a machine may not give are refused", "[agentctl]") {
  for (const char* name : {"", ".", "..", "/", "a/b", "../x", "%2e%2e", "..%2Fx", "%2Fetc%2Fpasswd", "a%00b"})
    CHECK_THROWS_AS(checked_name(name), agent::Error);
  CHECK(checked_name("caf%E9") == "caf\xe9");
  CHECK(checked_name("50%25") == "50%");
  CHECK(checked_name("a\nb") == "a\nb");
  CHECK(checked_name("...") == "...");
}

TEST_CASE("An entry is what its mode says, and a link before all else", "[agentctl]") {
  CHECK(kind_of(0644, false) == EntryKind::file);
  CHECK(kind_of((1ULL << 31) | 0755, false) == EntryKind::directory);
  CHECK(kind_of((1ULL << 31) | 0755, true) == EntryKind::link);
  CHECK(kind_of(1ULL << 27, false) == EntryKind::link);
  CHECK(kind_of(1ULL << 26, false) == EntryKind::other);
  CHECK(kind_of(1ULL << 25, false) == EntryKind::other);
}

TEST_CASE("Bytes and times are shown for people", "[agentctl]") {
  CHECK(shown_bytes(12) == "12 B");
  CHECK(shown_bytes(1536) == "1.5 KiB");
  CHECK(shown_bytes(std::uint64_t{1} << 40) == "1.0 TiB");
  CHECK(shown_time(187) == "3:07");
  CHECK(shown_time(3723) == "1:02:03");
}
