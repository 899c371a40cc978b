#include <catch2/catch.hpp>

#include "agent/metrics.hpp"
#include "tests/server/store/sqlite_rig.hpp"

using namespace test;
using Catch::Matchers::Contains;

TEST_CASE("The series of a store tell what is in it", "[server][store]") {
  SqliteRig rig;
  run(rig.store().grant(std::chrono::seconds(60), 7, soon()));
  put(rig.store(), "/a", "12345", 7);
  put(rig.store(), "/b", "");
  erase(rig.store(), server::store::KeyRange::key("/b"));
  const auto watch = rig.store().watch({});
  agent::metrics::Exposition out;
  expose(rig.sqlite().figures(), out);
  const std::string text = out.take();
  CHECK_THAT(text, Contains("agent_server_store_revision 4\n") && Contains("agent_server_store_keys 1\n"));
  CHECK_THAT(text, Contains("agent_server_store_bytes 199\n") && Contains("agent_server_store_watches 1\n"));
  CHECK_THAT(text,
             Contains("agent_server_store_leases 1\n") && Contains("agent_server_store_commits_total 4\n"));
}

TEST_CASE("Figures go on after a restart, and leases go when they expire", "[server][store]") {
  SqliteRig rig;
  run(rig.store().grant(std::chrono::seconds(5), 7, soon()));
  put(rig.store(), "/a", "1", 7);
  rig.restart();
  CHECK(rig.sqlite().figures().leases == 1);
  CHECK(rig.sqlite().figures().keys == 1);
  CHECK(rig.sqlite().figures().commits == 0);
  rig.pass(std::chrono::seconds(6));
  CHECK(rig.sqlite().figures().leases == 0);
  CHECK(rig.sqlite().figures().keys == 0);
}
