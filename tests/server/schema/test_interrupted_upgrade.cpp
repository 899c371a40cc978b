// Upgrades that end in the middle, and two at once, on each engine.
#include <catch2/catch.hpp>
#include <thread>

#include "agent/error.hpp"
#include "tests/server/schema/cut_connection.hpp"
#include "tests/server/schema/schema_rig.hpp"

using namespace server::schema;
using test::CutConnection;

namespace {

void write_chain(const test::SchemaRig& rig, const std::string& engine) {
  rig.write("users/schema/v2.sql",
            "ALTER TABLE users ADD COLUMN b INTEGER DEFAULT 0;\nUPDATE users SET visits = visits + 1;\n" +
                std::string(engine == "MariaDB" ? "SET @n = 100;\nALTER TABLE users ADD INDEX (b);\n"
                                                  "UPDATE users SET visits = visits + @n;\n"
                                                : "UPDATE users SET visits = visits + 100;\n"));
  rig.write(
      "users/data/v2.sql",
      "BEGIN;\nINSERT INTO users (id, name) VALUES (2, 'bob');\nUPDATE users SET visits = visits + 10;\n"
      "COMMIT;\nINSERT INTO users (id, name) VALUES (3, 'cid');\n");
  rig.write("zones/schema/latest.sql", "CREATE TABLE zones (id INTEGER);\nINSERT INTO zones VALUES (1);\n");
}

// Each statement of the chain has happened once.
void check_chain(test::SchemaRig& rig, const std::string& engine) {
  CHECK(rig.value("SELECT visits FROM users ORDER BY id") == "111 10 0");
  CHECK(rig.value("SELECT sum(b) FROM users") == "0");
  CHECK(rig.versions("users") == "2 2");
  CHECK(rig.value("SELECT count(*) FROM zones") == "1");
  CHECK(rig.value("SELECT count(*) FROM __tb_schema_logs__") == "5");
  CHECK(rig.value("SELECT count(*) FROM __tb_schema_steps__ WHERE position > 0") == "0");
  if (engine == "MariaDB")
    CHECK(rig.value("SELECT count(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() "
                    "AND TABLE_NAME = 'users' AND COLUMN_NAME = 'b'") == "1");
}

// False: it was over before.
bool upgrade_and_cut(test::SchemaRig& rig, int call, CutConnection::Moment moment) {
  CutConnection connection(rig.connect(), call, moment);
  try {
    upgrade_schema(connection, rig.directory(), rig.options());
  } catch (const agent::Error& error) {
    CHECK(error.code() == agent::Errc::disconnected);
  }
  return connection.was_cut();
}

// Cuts an upgrade off at each of its calls, each time on a database of its own.
void cut_everywhere(const std::string& engine, CutConnection::Moment moment) {
  int cuts = 0;
  for (bool was_cut = true; was_cut;) {
    const auto rig = test::make_rig(engine);
    test::write_users(*rig);
    rig->upgrade();
    write_chain(*rig, engine);
    was_cut = upgrade_and_cut(*rig, cuts + 1, moment);
    INFO(engine << ", cut " << (moment == CutConnection::Moment::before ? "before" : "behind") << " call "
                << cuts + 1);
    const std::size_t failed = rig->upgrade().failed;
    INFO(rig->errors());
    REQUIRE(failed == 0);
    REQUIRE(rig->errors().empty());
    check_chain(*rig, engine);
    if (was_cut) ++cuts;
  }
  CHECK(cuts > 20);
}

}  // namespace

TEST_CASE("An upgrade that was cut off before any call is finished by the next, with nothing done twice",
          "[server]") {
  cut_everywhere(GENERATE(from_range(test::engines())), CutConnection::Moment::before);
}

TEST_CASE("An upgrade that was cut off behind any call is finished by the next, with nothing done twice",
          "[server]") {
  cut_everywhere(GENERATE(from_range(test::engines())), CutConnection::Moment::behind);
}

TEST_CASE("An upgrade that is cut off again and again comes to its end", "[server]") {
  const std::string engine = GENERATE(from_range(test::engines()));
  const auto rig = test::make_rig(engine);
  test::write_users(*rig);
  rig->upgrade();
  write_chain(*rig, engine);
  // A few calls more each time, so that every attempt gets a little further.
  for (int calls = 3; upgrade_and_cut(*rig, calls, CutConnection::Moment::behind); ++calls)
    REQUIRE(calls < 200);
  CHECK(rig->errors().empty());
  check_chain(*rig, engine);
}

TEST_CASE("Two upgrades at once do everything once", "[server]") {
  const std::string engine = GENERATE(from_range(test::engines()));
  const auto rig = test::make_rig(engine);
  test::write_users(*rig);
  rig->upgrade();
  write_chain(*rig, engine);
  if (engine == "SQLite") {
    const auto first = rig->connect();
    CHECK_THROWS_AS(rig->connect(), agent::Error);  // the file is one upgrade's until it ends
    upgrade_schema(*first, rig->directory(), rig->options());
  } else {
    std::size_t scripts[2] = {0, 0};
    const auto upgrade = [&](int which) {
      UpgradeOptions options;
      options.say = options.error = [](const std::string&) {};
      scripts[which] = upgrade_schema(*rig->connect(), rig->directory(), options).scripts;
    };
    std::thread other(upgrade, 1);
    upgrade(0);
    other.join();
    CHECK(scripts[0] + scripts[1] == 3);
    CHECK((scripts[0] == 0 || scripts[1] == 0));
  }
  check_chain(*rig, engine);
}
