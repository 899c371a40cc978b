// What upgrades promise, on each engine.
#include "store/schema/schema_upgrade.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "agent/error.hpp"
#include "tests/server/schema/schema_rig.hpp"

using namespace server::schema;
using Catch::Contains;

TEST_CASE("A new table is made by latest.sql alone, at the version of its highest script", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  CHECK(rig->upgrade().scripts == 2);
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT name FROM users WHERE visits = 0") == "ann");
  CHECK(rig->versions("users") == "1 1");
  CHECK(rig->value("SELECT class FROM __tb_schema_logs__ ORDER BY id") == "0 1");
  CHECK(rig->value("SELECT upgrade_version FROM __tb_schema_logs__ ORDER BY id") == "1 1");
  CHECK(rig->value("SELECT code FROM __tb_schema_logs__ WHERE class = 1") ==
        "INSERT INTO users (id, name) VALUES (1, 'ann');\n");
}

TEST_CASE("A second upgrade finds nothing to do", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->upgrade();
  CHECK(rig->upgrade().scripts == 0);
  CHECK(rig->said().empty());
  CHECK(rig->value("SELECT count(*) FROM __tb_schema_logs__") == "2");
}

TEST_CASE("A recorded table gets each script beyond its version, by number", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->upgrade();
  rig->write("users/schema/v10.sql", "ALTER TABLE users ADD COLUMN c INTEGER;");
  rig->write("users/schema/v2.sql",
             "ALTER TABLE users ADD COLUMN b INTEGER; CREATE INDEX users_b ON users (b)");
  rig->write("users/data/v2.sql", "UPDATE users SET b = 2, c = 3;");
  CHECK(rig->upgrade().scripts == 3);
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT b + c FROM users") == "5");
  CHECK(rig->versions("users") == "10 2");
  CHECK(rig->value("SELECT current_version FROM __tb_schema_logs__ WHERE class = 0 ORDER BY id") == "0 1 2");
  CHECK(rig->value("SELECT upgrade_version FROM __tb_schema_logs__ WHERE class = 0 ORDER BY id") == "1 2 10");
  CHECK_THAT(rig->said(), Contains("users/schema: nothing between v2 and v10"));
}

TEST_CASE("A chain from the first version ends where latest.sql begins", "[server]") {
  const std::string engine = GENERATE(from_range(test::engines()));
  const auto fresh = test::make_rig(engine);
  const auto old = test::make_rig(engine);
  test::write_users(*fresh);
  old->write("users/schema/latest.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40));");
  old->upgrade();
  CHECK(old->versions("users") == "0 0");
  test::write_users(*old);
  fresh->upgrade();
  old->upgrade();
  CHECK(old->versions("users") == fresh->versions("users"));
  for (const auto* rig : {&fresh, &old})
    CHECK((*rig)->value("SELECT visits FROM users WHERE name = 'ann'") == "0");
}

TEST_CASE("An empty script says only that there is its version", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->upgrade();
  rig->write("users/schema/v2.sql", "");
  rig->write("users/data/v2.sql", " \r\n-- nothing\r\n");
  rig->write("users/data/v0.sql", "is not read");
  CHECK(rig->upgrade().scripts == 2);
  CHECK(rig->errors().empty());
  CHECK(rig->versions("users") == "2 2");
}

TEST_CASE("An empty latest.sql records its table, without one", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  rig->write("users/schema/latest.sql", "");
  CHECK(rig->upgrade().scripts == 1);
  CHECK(rig->versions("users") == "0 0");
}

TEST_CASE("A file of many statements is run as the mysql client would", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->write("users/data/v1.sql",
             "\xEF\xBB\xBF-- of users; \r\nINSERT INTO users (id, name) VALUES (1, 'a;b'), (2, 'it''s');\r\n"
             "DELIMITER //\r\nUPDATE users SET visits = 5 WHERE id = 1 /* ; */ //\r\nDELIMITER ;\r\n"
             "INSERT INTO users (id, name) VALUES (3, '-- c'); -- the end\r\n"
             "DELETE FROM users WHERE id = 2");
  rig->upgrade();
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT name FROM users ORDER BY id") == "a;b -- c");
  CHECK(rig->value("SELECT visits FROM users ORDER BY id") == "5 0");
}

TEST_CASE("A trigger with statements of its own is one statement", "[server]") {
  const std::string engine = GENERATE(from_range(test::engines()));
  const auto rig = test::make_rig(engine);
  test::write_users(*rig);
  const std::string head = "CREATE TRIGGER users_a AFTER INSERT ON users ";
  rig->write(
      "users/schema/latest.sql",
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40)); CREATE TABLE users_log (n INTEGER);\n" +
          (engine == "SQLite"
               ? head + "BEGIN INSERT INTO users_log VALUES (1); INSERT INTO users_log VALUES (2); END;"
               : "DELIMITER $$\n" + head +
                     "FOR EACH ROW BEGIN INSERT INTO users_log VALUES (1); "
                     "INSERT INTO users_log VALUES (2); END $$\n"));
  rig->upgrade();
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT n FROM users_log ORDER BY n") == "1 2");
}

TEST_CASE("A transaction of a script's own is whole or not at all", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->write(
      "users/data/v1.sql",
      "BEGIN;\nINSERT INTO users (id, name) VALUES (1, 'ann');\nINSERT INTO users (id, name) VALUES (1, 'bob');\n"
      "COMMIT;");
  rig->write("zones/schema/latest.sql", "CREATE TABLE zones (id INTEGER);");  // goes on behind it
  CHECK(rig->upgrade().failed == 1);
  CHECK_THAT(rig->errors(), Contains("users/data/v1.sql:3: statement 3 of 4: "));
  CHECK(rig->versions("zones") == "0 0");
  CHECK(rig->value("SELECT count(*) FROM users") == "0");
  rig->write(
      "users/data/v1.sql",
      "BEGIN;\nINSERT INTO users (id, name) VALUES (1, 'cid');\nINSERT INTO users (id, name) VALUES (2, 'bob');\n"
      "COMMIT;");
  rig->upgrade();
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT name FROM users ORDER BY id") == "cid bob");
}

TEST_CASE("A definition within a script's own transaction ends it where the database does", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->upgrade();
  const std::string script =
      "BEGIN;\nUPDATE users SET visits = visits + 1;\nALTER TABLE users ADD COLUMN b INTEGER;\n"
      "UPDATE users SET visits = visits + 10;\n";
  rig->write("users/data/v2.sql", script + "UPDATE users SET none = 1;\nCOMMIT;");
  CHECK(rig->upgrade().failed == 1);
  rig->write("users/data/v2.sql", script + "UPDATE users SET b = 1;\nCOMMIT;");
  CHECK(rig->upgrade().failed == 0);
  CHECK(rig->value("SELECT visits FROM users") == "11");
  CHECK(rig->value("SELECT b FROM users") == "1");
}

TEST_CASE("Data without a schema is upgraded, too", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  rig->execute("CREATE TABLE users (id INTEGER)");
  rig->write("users/data/v3.sql", "INSERT INTO users VALUES (7)");
  rig->write("users/data/v4.sql", "INSERT INTO users VALUES (8)");
  rig->write("empty/README.md", "nothing");
  rig->upgrade();
  CHECK(rig->errors().empty());
  CHECK(rig->value("SELECT id FROM users ORDER BY id") == "7 8");
  CHECK(rig->versions("users") == "0 4");
  CHECK(rig->versions("empty").empty());
  CHECK_THAT(rig->said(), Contains("empty: nothing in it, left out"));
}

TEST_CASE("A directory that is older than the database changes nothing, and says so", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->write("users/schema/v5.sql", "ALTER TABLE users ADD COLUMN c INTEGER");
  rig->upgrade();
  rig->remove("users/schema/v5.sql");
  CHECK(rig->upgrade().scripts == 0);
  CHECK_THAT(rig->said(), Contains("users/schema: ends at v1, and v5 is recorded: left as it is"));
  CHECK(rig->versions("users") == "5 1");
}

TEST_CASE("A dry run says each statement that is missing, and writes nothing", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  UpgradeOptions options;
  options.is_dry_run = true;
  CHECK(rig->upgrade(options).scripts == 2);
  CHECK_THAT(rig->said(),
             Contains("users/schema/latest.sql: would run 1 of 1 statements\n") &&
                 Contains("users/data/v1.sql:1: INSERT INTO users (id, name) VALUES (1, 'ann')\n"));
  CHECK_FALSE(rig->connect()->has_table("users"));
  CHECK_FALSE(rig->connect()->has_table("__tb_schema__"));
  rig->upgrade();
  CHECK(rig->upgrade(options).scripts == 0);
}

TEST_CASE("A script without latest.sql is only for tables that are recorded", "[server]") {
  TableScripts table;
  table.name = "users";
  table.has_schema = true;
  table.schema.resize(2);
  table.schema[0].version = 1;
  table.schema[1].version = 4;
  CHECK_THROWS_WITH(missing_scripts(table, std::nullopt), Contains("users/schema/latest.sql: is missing"));
  CHECK(missing_scripts(table, TableVersions{1, 0}) == std::vector<const SqlScript*>{&table.schema[1]});
  CHECK(missing_scripts(table, TableVersions{4, 0}).empty());
}
