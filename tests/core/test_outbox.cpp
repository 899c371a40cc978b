#include "core/outbox.hpp"

#include <catch2/catch.hpp>

using agent::core::Outbox;

TEST_CASE("Replies and reports leave in the order they came", "[core]") {
  Outbox outbox(100);
  outbox.push_report("a");
  outbox.push_reply("b");
  outbox.push_report("c");
  CHECK(outbox.size() == 3);
  CHECK(outbox.pop() == "a");
  CHECK(outbox.pop() == "b");
  CHECK(outbox.pop() == "c");
  CHECK(outbox.pop() == std::nullopt);
  CHECK(outbox.bytes() == 0);
}

TEST_CASE("Beyond the bound the oldest reports give way", "[core]") {
  Outbox outbox(10);
  CHECK(outbox.push_report("1234") == 0);
  CHECK(outbox.push_report("5678") == 0);
  CHECK(outbox.push_report("abcdefg") == 2);
  CHECK(outbox.pop() == "abcdefg");
  CHECK(outbox.empty());
}

TEST_CASE("A report that can never fit is dropped itself", "[core]") {
  Outbox outbox(10);
  outbox.push_reply("1234567");
  CHECK(outbox.push_report("12345") == 1);
  CHECK(outbox.size() == 1);
}

TEST_CASE("Replies are kept beyond the bound, but there is no room for more", "[core]") {
  Outbox outbox(10);
  CHECK(outbox.has_room());
  outbox.push_reply("1234");
  CHECK(outbox.has_room());
  outbox.push_reply("5678");
  CHECK_FALSE(outbox.has_room());
  outbox.push_reply("90abcdef");
  CHECK(outbox.size() == 3);
  outbox.pop();
  CHECK_FALSE(outbox.has_room());
  outbox.pop();
  outbox.pop();
  CHECK(outbox.has_room());
}

TEST_CASE("Reports alone take no room from replies", "[core]") {
  Outbox outbox(10);
  outbox.push_report("123456789");
  CHECK(outbox.has_room());
}

TEST_CASE("The end of a session drops its replies and keeps the reports", "[core]") {
  Outbox outbox(100);
  outbox.push_reply("a");
  outbox.push_report("b");
  outbox.push_reply("c");
  outbox.push_reply("kept elsewhere", true);
  CHECK(outbox.drop_replies() == 2);
  CHECK(outbox.bytes() == 1);
  CHECK(outbox.has_room());
  CHECK(outbox.pop() == "b");
}
