#include <catch2/catch.hpp>

#include "tests/server/views/cluster_tree.hpp"
#include "views/cluster_state.hpp"

using namespace server::views;
using test::ClusterTree;

TEST_CASE("A value that did not change is not decoded again", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  const ClusterState first("/lain", tree.snapshot(), nullptr);
  tree.put(std::string(test::kWebKey), test::web_group("", ""));
  const ClusterState second("/lain", tree.snapshot(), &first);
  CHECK(second.pod_groups().at("hello/hello.worker.queue").value ==
        first.pod_groups().at("hello/hello.worker.queue").value);
  CHECK(second.pod_groups().at("hello/hello.web.web").value !=
        first.pod_groups().at("hello/hello.web.web").value);
}

TEST_CASE("A change of some names is no change of others", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  const ClusterState first("/lain", tree.snapshot(), nullptr);
  const auto begin = tree.revision();
  CHECK(first.changed(Area::config, "") == begin);  // what was before is not known
  tree.put("/lain/config/domain", "x");
  const auto put = tree.revision();
  const ClusterState second("/lain", tree.snapshot(), &first);
  CHECK(second.changed(Area::config, "domain") == put);
  CHECK(second.changed(Area::config, "*") == put);
  CHECK(second.changed(Area::config, "vip") == begin);
  CHECK(second.changed(Area::pod_groups, "") == begin);
}

TEST_CASE("A removal is a change of the names that it was of, in all later states", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  const ClusterState first("/lain", tree.snapshot(), nullptr);
  tree.erase("/lain/config/vip");
  const auto gone = tree.revision();
  const ClusterState second("/lain", tree.snapshot(), &first);
  tree.put("/lain/config/other", "x");
  const ClusterState third("/lain", tree.snapshot(), &second);
  CHECK(third.removed(Area::config, "v") == gone);
  CHECK(third.changed(Area::config, "v") == gone);
  CHECK(third.removed(Area::config, "domain") == 0);
  CHECK(third.summary(Area::config).last_key == "/lain/config/other");
}

TEST_CASE("Removals beyond what is kept are changes of all names", "[views]") {
  ClusterTree tree;
  for (std::size_t i = 0; i <= kRemovals; ++i) tree.put("/lain/config/k" + std::to_string(i), "");
  const ClusterState full("/lain", tree.snapshot(), nullptr);
  for (std::size_t i = 0; i <= kRemovals; ++i) tree.erase("/lain/config/k" + std::to_string(i));
  const ClusterState empty("/lain", tree.snapshot(), &full);
  CHECK(empty.changed(Area::config, "whatever") == tree.revision());
}

TEST_CASE("All keys written again in one transaction are no removal", "[views]") {
  ClusterTree tree = ClusterTree::of_lain();
  const ClusterState first("/lain", tree.snapshot(), nullptr);
  const auto items = tree.items();
  for (const auto& [key, item] : items) tree.erase(key);
  for (const auto& [key, item] : items) tree.put(key, item->value);
  const ClusterState second("/lain", tree.snapshot(), &first);
  for (const Area area : kAreas) {
    CHECK(second.removed(area, "") == 0);
    CHECK(second.summary(area).keys == first.summary(area).keys);
  }
}
