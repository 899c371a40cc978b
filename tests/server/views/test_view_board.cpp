#include <catch2/catch.hpp>

#include "tests/server/views/cluster_tree.hpp"
#include "tests/support/on_loop.hpp"
#include "views/view_board.hpp"

using namespace server::views;
using namespace std::chrono_literals;
using test::ClusterTree;

namespace {

// Counts how often it is made.
struct CountedView {
  CountedView() {
    view.path = "/counted";
    view.area = Area::config;
    view.key = [](const std::string& text, const ViewOptions&) { return ViewKey{.names = text}; };
    view.make = [this](const ClusterState& state, const ViewKey& key) {
      ++made;
      Members members;
      for (const auto& [name, cell] : select(state.config(), key.names))
        members[std::string(name)] = cell->item->value;
      return object_of(members);
    };
  }
  int made = 0;
  ClusterView view;
};

struct Fixture {
  Fixture() {
    tree.put("/lain/config/a", "1");
    tree.put("/lain/config/b", "1");
  }
  void publish(const std::string& store = "one") { board->publish(tree.snapshot(), store, now); }
  std::unique_ptr<ViewReader> open(const std::string& text = {}) {
    return board->open(counted.view, counted.view.key(text, {}));
  }

  ClusterTree tree;
  CountedView counted;
  ViewBoard::Time now{1h};
  std::shared_ptr<ViewBoard> board = std::make_shared<ViewBoard>("/lain");
};

}  // namespace

TEST_CASE("A view is made once for all its readers, and again only when it may have changed", "[views]") {
  Fixture fixture;
  fixture.publish();
  const auto first = fixture.open();
  const auto second = fixture.open();
  CHECK(first->version() == second->version());
  CHECK(fixture.counted.made == 1);
  fixture.tree.put("/lain/nodes/nodes/n:1", "{}");
  fixture.publish();
  CHECK(fixture.counted.made == 1);
  fixture.tree.put("/lain/config/a", "2");
  fixture.publish();
  CHECK(fixture.counted.made == 2);
  CHECK(first->version()->answer.text == R"({"a":2,"b":1})");
}

TEST_CASE("A view that throws refuses, and the others go on", "[views]") {
  Fixture fixture;
  ClusterView broken = fixture.counted.view;
  broken.make = [](const ClusterState&, const ViewKey&) -> ViewAnswer { throw std::out_of_range("at"); };
  fixture.publish();
  const auto failed = fixture.board->open(broken, {});
  const auto reader = fixture.open();
  CHECK(failed->version()->answer.is_refusal);
  CHECK(failed->version()->answer.text == "the view failed: at");
  fixture.tree.put("/lain/config/a", "2");
  fixture.publish();
  CHECK(reader->version()->answer.text == R"({"a":2,"b":1})");
}

TEST_CASE("Before the first list there is no version", "[views]") {
  Fixture fixture;
  const auto reader = fixture.open();
  CHECK_FALSE(reader->version());
  fixture.publish();
  CHECK(reader->version()->answer.text == R"({"a":1,"b":1})");
}

TEST_CASE("The index is that of the view's last change", "[views]") {
  Fixture fixture;
  fixture.publish();
  const auto reader = fixture.open("a");
  const auto begin = reader->version()->index;
  CHECK(begin == fixture.tree.revision());
  fixture.tree.put("/lain/config/b", "2");
  fixture.publish();
  CHECK(reader->version()->index == begin);
  fixture.tree.put("/lain/config/a", "1");  // the same
  fixture.publish();
  CHECK(reader->version()->index == begin);
  fixture.tree.put("/lain/config/a", "2");
  fixture.publish();
  CHECK(reader->version()->index == fixture.tree.revision());
}

TEST_CASE("A view that is asked for again and again is made once", "[views]") {
  Fixture fixture;
  fixture.publish();
  for (int i = 0; i < 10; ++i) fixture.open();
  CHECK(fixture.counted.made == 1);
}

TEST_CASE("Views that nobody asks for any more are forgotten", "[views]") {
  Fixture fixture;
  fixture.publish();
  for (int i = 0; i < 1000; ++i) fixture.open(std::to_string(i));
  CHECK(fixture.counted.made == 1000);
  fixture.tree.put("/lain/config/" + std::to_string(999), "2");
  fixture.tree.put("/lain/config/0", "2");
  fixture.publish();
  CHECK(fixture.counted.made == 1001);
}

TEST_CASE("A reader that comes again meets the index that it left", "[views]") {
  Fixture fixture;
  fixture.publish();
  const auto index = fixture.open("a")->version()->index;
  for (std::size_t i = 0; i < kRecentViews; ++i) fixture.open(std::to_string(i));  // it is forgotten
  fixture.tree.put("/lain/config/b", "2");
  fixture.publish();
  CHECK(fixture.open("a")->version()->index == index);
  fixture.tree.erase("/lain/config/a");
  fixture.publish();
  CHECK(fixture.open("a")->version()->index > index);
}

TEST_CASE("A version knows that keys went away", "[views]") {
  Fixture fixture;
  fixture.publish();
  const auto reader = fixture.open();
  CHECK(reader->version()->removed == 0);
  fixture.tree.erase("/lain/config/b");
  fixture.publish();
  const auto removed = reader->version()->removed;
  CHECK(removed == reader->version()->index);
  fixture.tree.put("/lain/config/c", "1");
  fixture.publish();
  CHECK(reader->version()->removed == removed);
}

TEST_CASE("In another life of the store every view has another version", "[views]") {
  Fixture fixture;
  for (int i = 0; i < 10; ++i) fixture.tree.put("/lain/config/a", "1");
  fixture.publish();
  const auto reader = fixture.open();
  const auto index = reader->version()->index;
  Fixture restored;
  fixture.tree = restored.tree;
  fixture.publish("two");
  CHECK(reader->version()->index == restored.tree.revision());
  CHECK(reader->version()->index < index);
  CHECK(reader->version()->removed == 0);
}

TEST_CASE("What is lost is stale since it was confirmed last", "[views]") {
  Fixture fixture;
  fixture.publish();
  CHECK_FALSE(fixture.board->stale_for(fixture.now));
  fixture.board->confirm(fixture.now + 1s);
  fixture.board->lose("away");
  CHECK(fixture.board->stale_for(fixture.now + 5s) == 4s);
  CHECK(fixture.board->trouble() == "away");
  fixture.board->confirm(fixture.now + 6s);
  CHECK_FALSE(fixture.board->stale_for(fixture.now + 9s));
}

TEST_CASE("Readers wake for their own view's changes and for the store's coming and going", "[views]") {
  test::on_loop([](agent::net::Loop&) -> agent::Task<> {
    Fixture fixture;
    fixture.publish();
    const auto reader = fixture.open("a");
    const auto past = agent::Clock::now();
    fixture.tree.put("/lain/config/b", "2");
    fixture.publish();
    const bool woken_by_other = co_await reader->wait(past);
    fixture.tree.put("/lain/config/a", "2");
    fixture.publish();
    const bool woken = co_await reader->wait(past);
    const bool woken_twice = co_await reader->wait(past);
    fixture.board->lose("away");
    fixture.board->lose("away, still");
    const bool woken_by_loss = co_await reader->wait(past);
    fixture.board->confirm(past);
    const bool woken_by_return = co_await reader->wait(past);
    CHECK_FALSE(woken_by_other);
    CHECK(woken);
    CHECK_FALSE(woken_twice);
    CHECK(woken_by_loss);
    CHECK(woken_by_return);
  });
}

TEST_CASE("Readers are counted while they are there", "[views]") {
  Fixture fixture;
  {
    const auto first = fixture.open();
    const auto second = fixture.open("a");
    CHECK(fixture.board->reader_counts()[Area::config] == 2);
  }
  CHECK(fixture.board->reader_counts().empty());
}
