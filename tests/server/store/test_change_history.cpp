#include "store/change_history.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace server::store;

namespace {

Item change(Revision revision, std::size_t bytes = 0) {
  KeyValue out;
  out.value = std::string(bytes, 'x');
  out.modified = revision;
  return std::make_shared<const KeyValue>(std::move(out));
}

std::vector<Revision> revisions(const ChangeHistory& history, Revision from) {
  std::vector<Revision> out;
  history.visit(from, [&](const Item& item) {
    out.push_back(item->modified);
    return true;
  });
  return out;
}

}  // namespace

TEST_CASE("History is found by its revision", "[server][store]") {
  ChangeHistory history(3);
  for (const Revision revision : {4, 5, 5, 7}) history.add(change(revision));
  CHECK(revisions(history, 0) == std::vector<Revision>{4, 5, 5, 7});
  CHECK(revisions(history, 5) == std::vector<Revision>{5, 5, 7});
  CHECK(revisions(history, 6) == std::vector<Revision>{7});
  CHECK(revisions(history, 8).empty());
  history.compact(5);
  CHECK(history.compacted() == 5);
  CHECK(revisions(history, 0) == std::vector<Revision>{7});
  CHECK(history.bytes() == change(7)->cost());
}

TEST_CASE("History is compacted in whole revisions, when it is an eighth too long", "[server][store]") {
  const HistoryLimits limits{.events = 8, .bytes = 1 << 20};
  ChangeHistory history;
  for (const Revision revision : {1, 2, 2, 2, 3, 4, 5, 6, 7}) history.add(change(revision));
  CHECK(history.compaction_for(0, 0, limits) == 0);
  CHECK(history.compaction_for(1, 0, limits) == 2);
  CHECK(history.compaction_for(100, 0, limits) == 7);
}

TEST_CASE("History is bounded by its bytes, too", "[server][store]") {
  const HistoryLimits limits{.events = 1000, .bytes = 10'000};
  ChangeHistory history;
  for (Revision revision = 1; revision <= 10; ++revision) history.add(change(revision, 1000));
  CHECK(history.compaction_for(0, 0, limits) > 0);
  CHECK(history.compaction_for(0, 0, limits) < 10);
}
