#include "hub/ids.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

using namespace server;

TEST_CASE("Ids that agents bring are checked", "[server]") {
  CHECK(id_fault("agent-20260301-5d92b00472791b81") == nullptr);
  CHECK(id_fault("Büro 7:web") == nullptr);
  CHECK(id_fault("") == nullptr);
  CHECK(id_fault(std::string(256, 'x')) == nullptr);
  CHECK(id_fault(std::string(257, 'x')) != nullptr);
  CHECK(id_fault("a/b") != nullptr);
  CHECK(id_fault("a\nb") != nullptr);
  CHECK(id_fault(std::string_view("a\0b", 3)) != nullptr);
  CHECK(id_fault("a\xff") != nullptr);
}

TEST_CASE("Task ids have the originals' form and do not repeat", "[server]") {
  const std::string tid = new_tid();
  CHECK_THAT(tid, Catch::Matchers::Matches("20[0-9]{6}-[0-9]{5}-[0-9a-f]{16}"));
  CHECK(new_tid() != tid);
}
