#include "store/lease_table.hpp"

#include <catch2/catch.hpp>

using namespace server::store;
using namespace std::chrono_literals;

namespace {

constexpr Time kStart = Time(100s);

KeyValue leased(const char* key, LeaseId lease) {
  KeyValue out;
  out.key = key;
  out.version = 1;
  out.lease = lease;
  return out;
}

}  // namespace

TEST_CASE("Leases are due in the order of their deadlines", "[server][store]") {
  LeaseTable table;
  CHECK(table.next_deadline() == Time::max());
  table.add(1, 10s, kStart + 10s);
  table.add(2, 5s, kStart + 5s);
  CHECK(table.next_deadline() == kStart + 5s);
  CHECK(table.due(kStart + 4s).empty());
  CHECK(table.due(kStart + 5s) == std::vector<LeaseId>{2});
  CHECK(table.due(kStart + 10s) == std::vector<LeaseId>{2, 1});
  table.renew(2, kStart + 6s);
  CHECK(table.next_deadline() == kStart + 10s);
  table.remove(1);
  CHECK(table.next_deadline() == kStart + 11s);
}

TEST_CASE("Time in which nobody could be heard counts for no lease", "[server][store]") {
  LeaseTable table;
  table.add(1, 10s, kStart + 10s);
  table.delay(30s);
  CHECK(table.due(kStart + 39s).empty());
  CHECK(table.due(kStart + 40s).size() == 1);
}

TEST_CASE("A key moves from lease to lease, and is free without one", "[server][store]") {
  LeaseTable table;
  table.add(1, 10s, kStart);
  table.add(2, 10s, kStart);
  table.note(leased("a", 1));
  table.note(leased("b", 1));
  table.note(leased("a", 2));
  CHECK(table.find(1)->keys.size() == 1);
  CHECK(table.find(2)->keys.contains("a"));
  table.note(leased("a", 0));
  CHECK(table.find(2)->keys.empty());
  KeyValue gone;
  gone.key = "b";
  table.note(gone);
  CHECK(table.find(1)->keys.empty());
  table.note(leased("c", 1));
  table.remove(1);
  table.note(leased("c", 2));
  CHECK(table.find(2)->keys.contains("c"));
}
