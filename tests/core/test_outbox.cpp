#include "core/outbox.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <random>
#include <string>
#include <utility>

using agent::core::KeptCalls;
using agent::core::Outbox;

namespace {

// The text of what is sent next, "" when nothing waits.
std::string next(Outbox& outbox) {
  std::optional<Outbox::Item> item = outbox.pop();
  return item ? item->text : "";
}

// The texts of all that is sent before it is empty.
std::string all(Outbox& outbox) {
  std::string texts;
  while (!outbox.empty()) texts += (texts.empty() ? "" : " ") + next(outbox);
  return texts;
}

void push_kept(Outbox& outbox, const std::string& tid, int count) {
  KeptCalls& kept = outbox.kept();
  kept.add(tid, 10);
  for (int i = 0; i < count; ++i) kept.push(tid, tid + std::to_string(kept.next(tid)));
}

}  // namespace

TEST_CASE("Replies and reports leave in the order they came", "[core]") {
  Outbox outbox(100);
  outbox.push_report("a");
  outbox.push_reply("b");
  outbox.push_report("c");
  CHECK(outbox.size() == 3);
  CHECK(next(outbox) == "a");
  CHECK(next(outbox) == "b");
  CHECK(next(outbox) == "c");
  CHECK(outbox.pop() == std::nullopt);
  CHECK(outbox.bytes() == 0);
}

TEST_CASE("The oldest reports give way when the bound is met", "[core]") {
  Outbox outbox(10);
  CHECK(outbox.push_report("1234") == 0);
  CHECK(outbox.push_report("5678") == 0);
  CHECK(outbox.push_report("abcdefg") == 2);
  CHECK(next(outbox) == "abcdefg");
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
  CHECK(outbox.drop_replies() == 2);
  CHECK(outbox.bytes() == 1);
  CHECK(outbox.has_room());
  CHECK(next(outbox) == "b");
}

TEST_CASE("A kept reply leaves between any two of the others", "[core]") {
  Outbox outbox(100);
  outbox.push_reply("a");
  outbox.push_report("b");
  outbox.push_reply("c");
  push_kept(outbox, "k", 2);
  CHECK(all(outbox) == "k1 a k2 b c");
  push_kept(outbox, "k", 2);
  CHECK(all(outbox) == "k3 k4");
  outbox.push_reply("d");
  push_kept(outbox, "k", 1);
  CHECK(all(outbox) == "d k5");  // its turn was before
  CHECK(outbox.pop() == std::nullopt);
}

TEST_CASE("Kept replies stand back while many others wait", "[core]") {
  Outbox outbox(10 * agent::core::kFewReplies);
  push_kept(outbox, "k", 1);
  outbox.push_reply("a");
  outbox.push_reply(std::string(agent::core::kFewReplies, 'b'));
  CHECK_FALSE(outbox.has_few_replies());
  CHECK(next(outbox) == "a");
  CHECK(next(outbox).front() == 'b');
  CHECK(next(outbox) == "k1");
}

TEST_CASE("Kept replies take no room from the others, and outlive the session", "[core]") {
  Outbox outbox(10);
  push_kept(outbox, "k", 20);
  CHECK(outbox.has_room());
  CHECK(outbox.size() == 0);
  CHECK_FALSE(outbox.empty());
  CHECK(next(outbox) == "k1");
  CHECK(outbox.drop_replies() == 0);
  outbox.kept().end();
  CHECK(outbox.empty());  // until the next session's server says what it has
  outbox.kept().begin();
  CHECK(outbox.empty());
  outbox.kept().ack("k", {0});
  const std::optional<Outbox::Item> first = outbox.pop();
  REQUIRE(first);
  CHECK(first->text == "k1");
  CHECK(first->lane == Outbox::Lane::kept);
  CHECK(first->again);
  CHECK_FALSE(outbox.pop()->again);
}

TEST_CASE("Whatever comes and goes, each lane keeps its order and loses nothing uncounted", "[core]") {
  constexpr std::uint64_t kMany = 3000;
  std::minstd_rand random(GENERATE(1U, 2U, 3U, 4U));
  auto one_in = [&random](unsigned n) { return random() % n == 0; };
  Outbox outbox(200);
  outbox.kept().add("k", 10);
  std::uint64_t pushed = 0;
  std::uint64_t left = 0;     // reports and replies that were sent
  std::uint64_t dropped = 0;  // and that were dropped
  std::uint64_t last = 0;     // number of the last one that was sent
  std::uint64_t arrived = 0;  // kept replies
  while (pushed < kMany || arrived < kMany || !outbox.empty()) {
    if (pushed < kMany && one_in(2)) {
      outbox.push_reply(std::to_string(++pushed));
    } else if (pushed < kMany) {
      dropped += outbox.push_report(std::to_string(++pushed));
    }
    if (outbox.kept().next("k") <= kMany && outbox.kept().bytes() < 100)
      outbox.kept().push("k", std::to_string(outbox.kept().next("k")));
    for (unsigned i = random() % 5; i > 0; --i) {
      const bool was_empty = outbox.empty();
      const std::optional<Outbox::Item> item = outbox.pop();
      REQUIRE(item.has_value() == !was_empty);
      if (!item) continue;
      const std::uint64_t number = std::stoull(item->text);
      if (item->lane == Outbox::Lane::kept) {
        if (number > arrived) REQUIRE(number == ++arrived);
      } else {
        REQUIRE(number > std::exchange(last, number));
        ++left;
      }
    }
    if (one_in(5)) outbox.kept().ack("k", {arrived});
    if (one_in(50)) {  // the session ends, and the next one begins
      dropped += outbox.drop_replies();
      for (const agent::wire::HeldCall& call : outbox.kept().begin().calls)
        outbox.kept().ack(call.tid, {arrived > 3 ? arrived - random() % 3 : arrived});
    }
  }
  CHECK(left + dropped == kMany);
  CHECK(left > kMany / 4);
}
