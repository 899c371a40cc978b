#include "core/kept_calls.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace agent;
using core::KeptCalls;
using Acked = core::KeptCalls::Acked;

namespace {

// A session in which the server has stored what it acknowledges, and has others in memory.
void begin(KeptCalls& kept, std::uint64_t stored = 0, std::uint64_t in_memory = 0) {
  for (const wire::HeldCall& call : kept.begin().calls)
    CHECK(kept.ack(call.tid, {.seq = stored, .have = in_memory}) == Acked::well);
}

// The texts of all that may be sent now, "!" behind what was sent before.
std::string take_all(KeptCalls& kept) {
  std::string texts;
  while (std::optional<KeptCalls::Reply> reply = kept.take()) {
    if (!texts.empty()) texts += " ";
    texts += reply->text + (reply->again ? "!" : "");
  }
  return texts;
}

void push(KeptCalls& kept, const std::string& tid, int count) {
  for (int i = 0; i < count; ++i) kept.push(tid, tid + std::to_string(kept.next(tid)));
}

}  // namespace

TEST_CASE("Replies of a kept call are numbered from 1", "[core]") {
  KeptCalls kept;
  CHECK(kept.next("a") == 0);
  CHECK(kept.add("a", 10));
  CHECK(kept.next("a") == 1);
  push(kept, "a", 2);
  CHECK(kept.next("a") == 3);
  CHECK(kept.ack("a", {2}) == Acked::well);
  CHECK(kept.next("a") == 3);
}

TEST_CASE("Replies are taken in order, the calls in turn", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  kept.add("b", 10);
  push(kept, "a", 3);
  push(kept, "b", 2);
  CHECK(take_all(kept) == "a1 b1 a2 b2 a3");
  CHECK(take_all(kept).empty());
  push(kept, "a", 1);
  CHECK(take_all(kept) == "a4");
}

TEST_CASE("A session begins with what is kept, and sends it when the server has said what it has", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  push(kept, "a", 4);
  take_all(kept);
  kept.ack("a", {1});
  kept.end();
  push(kept, "a", 1);
  CHECK(take_all(kept).empty());

  const wire::Held held = kept.begin();
  REQUIRE(held.calls.size() == 1);
  CHECK(held.calls[0].tid == "a");
  CHECK(held.calls[0].first == 2);
  CHECK(held.calls[0].next == 6);
  push(kept, "a", 1);
  CHECK(take_all(kept).empty());
  kept.add("b", 10);  // begun in this session: the server knows nothing to say about it
  push(kept, "b", 1);
  CHECK(take_all(kept) == "b1");

  CHECK(kept.ack("a", {2}) == Acked::well);
  CHECK(take_all(kept) == "a3! a4! a5 a6");
}

TEST_CASE("What is acknowledged before it was sent again is not sent", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  push(kept, "a", 4);
  take_all(kept);
  begin(kept, 0);
  CHECK(kept.take()->text == "a1");
  kept.ack("a", {3});  // the last session's replies had arrived
  CHECK(take_all(kept) == "a4!");
  begin(kept, 3);
  kept.ack("a", {4});
  CHECK(take_all(kept).empty());
  push(kept, "a", 1);
  CHECK(take_all(kept) == "a5");
}

TEST_CASE("What the server has in memory is kept, and sent again only when the server has lost it",
          "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  push(kept, "a", 4);
  take_all(kept);
  const std::size_t bytes = kept.bytes();
  begin(kept, 0, 3);
  CHECK(kept.bytes() == bytes);
  CHECK(take_all(kept) == "a4!");
  CHECK(kept.last_taken("a") == 4);
  begin(kept, 1, 4);
  CHECK(take_all(kept).empty());
  push(kept, "a", 1);
  CHECK(take_all(kept) == "a5");
  begin(kept, 1);
  CHECK(take_all(kept) == "a2! a3! a4! a5!");
  kept.ack("a", {.seq = 3, .have = 2});
  CHECK(kept.next("a") == 6);
  CHECK(kept.bytes() == 4);
  CHECK(take_all(kept).empty());
}

TEST_CASE("An acknowledgement that comes twice or late changes nothing", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  push(kept, "a", 3);
  take_all(kept);
  kept.ack("a", {2});
  CHECK(kept.ack("a", {2}) == Acked::well);
  CHECK(kept.ack("a", {1}) == Acked::well);
  CHECK(kept.begin().calls.at(0).first == 3);
  CHECK(kept.bytes() == 2);
}

TEST_CASE("A call that the server gives up is forgotten with its replies", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  kept.add("b", 10);
  push(kept, "a", 2);
  push(kept, "b", 1);
  CHECK(kept.ack("a", {0, true}) == Acked::over);
  CHECK(take_all(kept) == "b1");
  CHECK(kept.bytes() == 2);
  CHECK(kept.next("a") == 0);
  kept.push("a", "late");
  CHECK(kept.begin().calls.size() == 1);
}

TEST_CASE("To acknowledge what was never sent is a fault that ends the call", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  push(kept, "a", 2);
  CHECK(kept.ack("a", {3}) == Acked::fault);
  CHECK(kept.size() == 0);
  CHECK(kept.ack("b", {3}) == Acked::well);
  kept.add("c", 10);
  push(kept, "c", 2);
  CHECK(kept.ack("c", {.seq = 1, .have = 3}) == Acked::fault);
  CHECK(kept.size() == 0);
}

TEST_CASE("A call that has finished stays until its last reply is acknowledged", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  push(kept, "a", 2);
  kept.finish("a");
  kept.ack("a", {1});
  CHECK(kept.size() == 1);
  CHECK(kept.is_repeated("a", 10));
  kept.ack("a", {2});
  CHECK(kept.size() == 0);

  kept.add("b", 10);
  push(kept, "b", 1);
  kept.ack("b", {1});
  CHECK(kept.size() == 1);
  kept.finish("b");
  CHECK(kept.size() == 0);
}

TEST_CASE("A request is known again by its tid and type", "[core]") {
  KeptCalls kept;
  CHECK_FALSE(kept.is_repeated("a", 10));
  kept.add("a", 10);
  CHECK(kept.is_repeated("a", 10));
  CHECK_FALSE(kept.is_repeated("a", 11));  // a further message of the call
  CHECK_FALSE(kept.is_repeated("b", 10));
  CHECK_FALSE(kept.add("a", 11));
}

TEST_CASE("A call has room until its bound, or that of all calls, is reached", "[core]") {
  KeptCalls kept;
  const std::string block(core::kKeptPerCall / 2, 'x');
  kept.add("a", 10);
  kept.add("b", 10);
  kept.push("a", block);
  CHECK(kept.has_room("a"));
  kept.push("a", block);
  CHECK_FALSE(kept.has_room("a"));
  CHECK(kept.has_room("b"));
  kept.ack("a", {1});
  CHECK(kept.has_room("a"));

  for (int i = 0; !kept.is_full(); ++i) {
    kept.add("c" + std::to_string(i), 10);
    kept.push("c" + std::to_string(i), block);
  }
  CHECK(kept.bytes() == core::kKeptInAll);
  CHECK_FALSE(kept.has_room("b"));
  kept.ack("c0", {1});
  CHECK(kept.has_room("b"));
  kept.clear();
  CHECK(kept.bytes() == 0);
}

TEST_CASE("Each reply arrives once and in order, wherever sessions end", "[core]") {
  constexpr std::uint64_t kReplies = 2000;
  std::minstd_rand random(GENERATE(1U, 2U, 3U, 4U));
  auto one_in = [&random](unsigned n) { return random() % n == 0; };
  KeptCalls kept;
  kept.add("a", 10);
  std::uint64_t stored = 0;
  std::uint64_t arrived = 0;
  std::uint64_t repeated = 0;
  while (arrived < kReplies) {
    if (kept.next("a") <= kReplies && kept.bytes() < 40) kept.push("a", std::to_string(kept.next("a")));
    if (std::optional<KeptCalls::Reply> reply = kept.take()) {
      const std::uint64_t number = std::stoull(reply->text);
      const bool lost_on_the_way = one_in(10);
      if (!lost_on_the_way && number <= arrived) ++repeated;
      if (!lost_on_the_way && number > arrived) REQUIRE(number == ++arrived);
      if (lost_on_the_way) begin(kept, stored, one_in(2) ? arrived : 0);
    }
    if (one_in(5)) kept.ack("a", {stored = arrived});
    if (one_in(50)) begin(kept, stored, arrived = stored);  // the server was restarted
  }
  CHECK(repeated > 0);
  kept.finish("a");
  kept.ack("a", {kReplies});
  CHECK(kept.size() == 0);
}

TEST_CASE("The last reply that was taken in this session is known", "[core]") {
  KeptCalls kept;
  kept.add("a", 10);
  CHECK(kept.last_taken("a") == 0);
  CHECK(kept.last_taken("b") == 0);
  push(kept, "a", 3);
  kept.take();
  kept.take();
  CHECK(kept.last_taken("a") == 2);
  CHECK(kept.ack("a", {1}) == Acked::well);
  CHECK(kept.last_taken("a") == 2);
  kept.end();
  begin(kept, 1);
  CHECK(kept.last_taken("a") == 0);
  kept.take();
  CHECK(kept.last_taken("a") == 2);
}
