#include "store/watch_slots.hpp"

#include <catch2/catch.hpp>
#include <memory>

using namespace server::store;

namespace {

WatchSlots::Slot slot_of(KeyRange range, std::string client = {}) {
  auto slot = std::make_shared<WatchSlot>();
  slot->range = std::move(range);
  if (!client.empty()) slot->client = std::make_unique<const std::string>(std::move(client));
  return slot;
}

std::size_t hits(const WatchSlots& slots, std::string_view key) {
  std::size_t count = 0;
  slots.visit(key, [&](const WatchSlots::Slot&) { ++count; });
  return count;
}

}  // namespace

TEST_CASE("A key finds the slots whose range has it", "[server][store]") {
  WatchSlots slots;
  const auto all = slot_of(KeyRange::all());
  const auto prefix = slot_of(KeyRange::prefix("a/"));
  const auto key = slot_of(KeyRange::key("a/b"));
  const auto range = slot_of({"a/b", "a/c"});
  for (const auto& slot : {all, prefix, key, range}) slots.add(slot);
  CHECK(hits(slots, "a/b") == 4);
  CHECK(hits(slots, "a/b0") == 3);
  CHECK(hits(slots, "a/") == 2);
  CHECK(hits(slots, "a") == 1);
  for (const auto& slot : {prefix, range, all}) slots.remove(slot);
  CHECK(hits(slots, "a/b") == 1);
  CHECK(hits(slots, "a/b0") == 0);
  slots.remove(key);
  CHECK(slots.size() == 0);
}

TEST_CASE("Slots are counted for each client", "[server][store]") {
  WatchSlots slots;
  const auto mine = slot_of(KeyRange::all(), "me");
  slots.add(mine);
  slots.add(slot_of(KeyRange::prefix("a"), "me"));
  slots.add(slot_of(KeyRange::all()));
  CHECK(slots.size_of("me") == 2);
  CHECK(slots.size_of("") == 0);
  slots.remove(mine);
  CHECK(slots.size_of("me") == 1);
}
