#include <catch2/catch.hpp>

#include "tests/server/views/cluster_tree.hpp"
#include "views/cluster_view.hpp"

namespace server::views {
ClusterView addresses_view();
}

TEST_CASE("The view of docs/views.md shows the proc behind each address", "[docs]") {
  using namespace server::views;
  test::ClusterTree tree = test::ClusterTree::of_lain();
  tree.put(std::string(test::kWebKey), test::web_group("", "172.20.0.12"));
  const ClusterView view = addresses_view();
  const ClusterState state("/lain", tree.snapshot(), nullptr);
  CHECK(answer_of(view, state, view.key("hello", {})).text ==
        R"({"172.20.0.12":{"proc":"hello.web.web","instance":2},)"
        R"("172.20.0.21":{"proc":"hello.worker.queue","instance":1}})");
}
