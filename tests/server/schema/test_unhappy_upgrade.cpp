// What fails, on each engine, and how it is repaired.
#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "tests/server/schema/schema_rig.hpp"

using namespace server::schema;
using Catch::Contains;

namespace {

// users at version 1, and a v2 whose third statement fails.
void break_users(test::SchemaRig& rig) {
  test::write_users(rig);
  rig.upgrade();
  rig.write("users/schema/v2.sql",
            "ALTER TABLE users ADD COLUMN b INTEGER;\nUPDATE users SET visits = visits + 1;\n\n"
            "UPDATE users SET none = 1;\nUPDATE users SET visits = visits + 10;\n");
}

}  // namespace

TEST_CASE("A script that fails says file, line and statement, and stops its table alone", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  break_users(*rig);
  rig->write("users/data/v2.sql", "INSERT INTO users (id, name) VALUES (2, 'bob');");
  rig->write("zones/schema/latest.sql", "CREATE TABLE zones (id INTEGER);");
  CHECK(rig->upgrade().failed == 1);
  CHECK_THAT(rig->errors(),
             Catch::StartsWith("users/schema/v2.sql:4: statement 3 of 4: ") && Contains("none"));
  CHECK(rig->versions("users") == "1 1");
  CHECK(rig->value("SELECT count(*) FROM users") == "1");
  CHECK(rig->versions("zones") == "0 0");
}

TEST_CASE("An upgrade that is to stop at an error leaves the tables behind it alone", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  break_users(*rig);
  rig->write("zones/schema/latest.sql", "CREATE TABLE zones (id INTEGER);");
  UpgradeOptions options;
  options.stops_at_error = true;
  CHECK(rig->upgrade(options).failed == 1);
  CHECK(rig->versions("zones").empty());
}

TEST_CASE("A repaired script is gone on with, and each statement has happened once", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  break_users(*rig);
  rig->upgrade();
  rig->upgrade();  // fails once more
  rig->write(
      "users/schema/v2.sql",
      "-- repaired\r\nALTER TABLE users ADD COLUMN b INTEGER;\r\nUPDATE users SET visits = visits + 1;\r\n"
      "UPDATE users SET b = 1;\r\nUPDATE users SET visits = visits + 10;\r\n");
  CHECK(rig->upgrade().failed == 0);
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT visits FROM users") == "11");
  CHECK(rig->value("SELECT b FROM users") == "1");
  CHECK(rig->versions("users") == "2 1");
  CHECK(rig->value("SELECT count(*) FROM __tb_schema_steps__ WHERE position > 0") == "0");
}

TEST_CASE("A latest.sql that failed is gone on with, too", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  rig->write("users/schema/latest.sql",
             "CREATE TABLE users (id INTEGER);\nCREATE INDEX users_b ON users (b);");
  CHECK(rig->upgrade().failed == 1);
  CHECK(rig->versions("users").empty());
  rig->write("users/schema/latest.sql",
             "CREATE TABLE users (id INTEGER);\nCREATE INDEX users_b ON users (id);");
  CHECK(rig->upgrade().failed == 0);
  CHECK(rig->versions("users") == "0 0");
}

TEST_CASE("A script that was run and is another one now is refused", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->upgrade();
  rig->write("users/schema/v2.sql", "ALTER TABLE users\n ADD COLUMN b INTEGER;");
  rig->upgrade();
  SECTION("its statements are not the same") {
    rig->write("users/schema/v2.sql", "ALTER TABLE users\n ADD COLUMN b VARCHAR(3);");
    rig->write("users/schema/v3.sql", "ALTER TABLE users ADD COLUMN c INTEGER;");
    CHECK(rig->upgrade().failed == 1);
    CHECK_THAT(rig->errors(), Contains("users/schema/v2.sql: was run, and is another one now"));
    CHECK(rig->versions("users") == "2 1");
  }
  SECTION("data, too") {
    rig->write("users/data/v1.sql", "INSERT INTO users (id, name) VALUES (1, 'bob');");
    CHECK(rig->upgrade().failed == 1);
    CHECK_THAT(rig->errors(), Contains("users/data/v1.sql: was run"));
  }
  SECTION("comments and ends of lines do not count, nor a file that is gone, nor latest.sql") {
    rig->write("users/schema/v2.sql", "-- b\r\nALTER TABLE users\r\n ADD COLUMN b INTEGER;\r\n");
    rig->remove("users/data/v1.sql");
    rig->write("users/schema/latest.sql", "CREATE TABLE users (id INTEGER);");
    CHECK(rig->upgrade().failed == 0);
  }
}

TEST_CASE("A bad directory fails by table, before anything of that table is run", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->write("users/schema/vx.sql", "");
  rig->write("bare/schema/v1.sql", "ALTER TABLE bare ADD COLUMN a INTEGER");
  rig->write("other/schema/latest.sql", "CREATE TABLE another (id INTEGER)");
  rig->write("open/schema/latest.sql", "CREATE TABLE open (id INTEGER);\nINSERT INTO open VALUES ('");
  rig->write("README.md", "no table");
  CHECK(rig->upgrade().failed == 3);
  CHECK_THAT(rig->errors(), Contains("users/schema/vx.sql: its name has no version") &&
                                Contains("bare/schema/latest.sql: is missing") &&
                                Contains("open/schema/latest.sql: line 2: the string"));
  CHECK_THAT(rig->said(), Contains("README.md: no folder of a table"));
  CHECK_FALSE(rig->connect()->has_table("users"));
}

TEST_CASE("A script must name its table", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  rig->write("users/schema/latest.sql", "CREATE TABLE user (id INTEGER)");
  CHECK(rig->upgrade().failed == 1);
  CHECK_THAT(rig->errors(),
             Contains("users/schema/latest.sql: the name of its table, users, is nowhere in it"));
}

TEST_CASE("A table's name is text to the database, whatever is in it", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  const std::string name = "a'b\\c";
  rig->write(name + "/data/v1.sql", "SELECT 1 -- a'b\\c\n");
  rig->upgrade();
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT name FROM __tb_schema__") == name);
  CHECK(rig->upgrade().scripts == 0);
}

TEST_CASE("A directory that is not there is an error", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  const auto connection = rig->connect();
  CHECK_THROWS_AS(upgrade_schema(*connection, "/nonexistent", rig->options()), agent::Error);
}
