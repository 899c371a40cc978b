// What is MariaDB's alone: the originals' tables, statements that commit by themselves, procedures, accounts.
#include <signal.h>

#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "store/schema/mariadb_connection.hpp"
#include "tests/server/schema/cut_connection.hpp"
#include "tests/server/schema/schema_rig.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/places.hpp"

using namespace server::schema;
using Catch::Contains;
using test::CutConnection;

namespace {

std::unique_ptr<test::Program> start_upgrade(const test::MariadbRig& rig) {
  std::vector<std::string> arguments = rig.arguments();
  arguments.push_back(rig.directory());
  return std::make_unique<test::Program>(test::built_program("schema-upgrade"), arguments);
}

}  // namespace

TEST_CASE("The bookkeeping of an original is gone on with", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  // As theirs are, with a table at version 1.
  test::shared_mariadb().run(
      "CREATE TABLE __tb_schema__ (id int NOT NULL AUTO_INCREMENT, created datetime NOT NULL DEFAULT "
      "CURRENT_TIMESTAMP, updated datetime NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, "
      "name varchar(256) NOT NULL DEFAULT '', schema_version int NOT NULL DEFAULT 0, data_version int NOT NULL "
      "DEFAULT 0, PRIMARY KEY(id), UNIQUE KEY idx_uniq(name, schema_version, data_version)) Engine=InnoDB "
      "DEFAULT CHARSET=utf8mb4; CREATE TABLE __tb_schema_logs__ (id int NOT NULL AUTO_INCREMENT, created datetime "
      "NOT NULL DEFAULT CURRENT_TIMESTAMP, name varchar(256) NOT NULL DEFAULT '', class tinyint NOT NULL DEFAULT "
      "0, current_version int NOT NULL DEFAULT 0, upgrade_version int NOT NULL DEFAULT 0, code TEXT NOT NULL, "
      "PRIMARY KEY(id), INDEX idx_name_class(name, class)) Engine=InnoDB DEFAULT CHARSET=utf8mb4; "
      "INSERT INTO __tb_schema__ (name, schema_version, data_version) VALUES ('users', 1, 1); "
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40), visits INTEGER DEFAULT 0)",
      rig.database());
  test::write_users(rig);
  rig.write("users/schema/v2.sql", "ALTER TABLE users ADD COLUMN b INTEGER");
  UpgradeOptions dry_run;
  dry_run.is_dry_run = true;
  CHECK(rig.upgrade(dry_run).scripts == 1);
  CHECK(rig.upgrade().scripts == 1);
  CHECK(rig.errors().empty());
  CHECK(rig.versions("users") == "2 1");
  CHECK(rig.value("SELECT CONCAT_WS(',', name, class, current_version, upgrade_version, code) FROM "
                  "__tb_schema_logs__") == "users,0,1,2,ALTER TABLE users ADD COLUMN b INTEGER");
}

TEST_CASE("A statement that is done and was changed since is refused, and what comes behind it may change",
          "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  rig.write("users/schema/latest.sql",
            "CREATE TABLE users (id INTEGER);\nINSERT INTO users VALUES (1);\nno users;");
  CHECK(rig.upgrade().failed == 1);
  rig.write("users/schema/latest.sql", "CREATE TABLE users (id INTEGER);\nINSERT INTO users VALUES (2);\n");
  CHECK(rig.upgrade().failed == 1);
  CHECK_THAT(rig.errors(),
             Contains("users/schema/latest.sql:2: statement 2 is done already and is another one"));
  rig.write("users/schema/latest.sql", "CREATE TABLE users (id INTEGER);");
  CHECK(rig.upgrade().failed == 1);
  CHECK_THAT(rig.errors(), Contains("users/schema/latest.sql: statement 2 is done already"));
  rig.write("users/schema/latest.sql",
            "CREATE TABLE users (id INTEGER);\nINSERT INTO users VALUES (1);\nINSERT INTO users VALUES (3)");
  UpgradeOptions dry_run;
  dry_run.is_dry_run = true;
  rig.upgrade(dry_run);
  CHECK_THAT(rig.said(), Contains("users/schema/latest.sql: would run 1 of 3 statements"));
  CHECK(rig.upgrade().failed == 0);
  CHECK(rig.value("SELECT id FROM users ORDER BY id") == "1 3");
}

TEST_CASE("An upgrade that is killed while a statement waits goes on with that statement", "[server]") {
  test::MariadbServer& server = test::shared_mariadb();
  test::MariadbRig rig(server);
  test::write_users(rig);
  rig.upgrade();
  rig.write("users/schema/v2.sql",
            "UPDATE users SET visits = visits + 1;\nALTER TABLE users ADD COLUMN b INTEGER;\n"
            "UPDATE users SET visits = visits + 10;");
  const auto reader = rig.connect();  // no definition changes while its transaction has the table
  reader->begin();
  reader->query("SELECT * FROM users");
  const auto killed = start_upgrade(rig);
  test::wait_until("the ALTER", [&] { return server.is_running("ALTER TABLE users ADD COLUMN b"); });
  killed->signal(SIGKILL);
  killed->wait();
  reader->commit();
  CHECK(rig.upgrade().failed == 0);
  CHECK(rig.errors().empty());
  CHECK(rig.value("SELECT visits FROM users") == "11");
  CHECK(rig.value("SELECT count(b) FROM users") == "0");
  CHECK(rig.versions("users") == "2 1");
}

TEST_CASE("A server that is killed in the middle of an upgrade costs nothing, and nothing happens twice",
          "[server]") {
  test::MariadbServer server;
  test::MariadbRig rig(server);
  test::write_users(rig);
  rig.upgrade();
  rig.write("users/schema/v2.sql",
            "UPDATE users SET visits = visits + 1;\nALTER TABLE users ADD COLUMN b INTEGER;\n"
            "UPDATE users SET visits = visits + 10;");
  const auto reader = rig.connect();
  reader->begin();
  reader->query("SELECT * FROM users");
  const auto upgrade = start_upgrade(rig);
  test::wait_until("the ALTER", [&] { return server.is_running("ALTER TABLE users ADD COLUMN b"); });
  server.kill();
  CHECK(upgrade->wait() == 1);
  CHECK_THAT(upgrade->output(), Contains("users/schema/v2.sql:2: statement 2 of 3: 2013: Lost connection"));
  server.start();
  CHECK(rig.upgrade().failed == 0);
  CHECK(rig.errors().empty());
  CHECK(rig.value("SELECT visits FROM users") == "11");
}

TEST_CASE("A second upgrade waits for the first, or gives up with 75", "[server]") {
  test::MariadbServer& server = test::shared_mariadb();
  test::MariadbRig rig(server);
  test::write_users(rig);
  const auto first = rig.connect();
  first->lock(std::chrono::seconds(0));
  UpgradeOptions options;
  options.lock_wait = std::chrono::seconds(0);
  CHECK_THROWS_WITH(rig.upgrade(options), Contains("another upgrade of " + rig.database() + " is at work"));
  std::vector<std::string> arguments = rig.arguments();
  arguments.insert(arguments.end(), {"--lock-wait", "0", rig.directory()});
  CHECK(test::run_program(test::built_program("schema-upgrade"), arguments).first == 75);
  test::MariadbRig other(server);
  CHECK(other.upgrade().failed == 0);  // of another database
}

TEST_CASE("An upgrade that was killed keeps the next one out until its statement is over", "[server]") {
  test::MariadbServer& server = test::shared_mariadb();
  test::MariadbRig rig(server);
  test::write_users(rig);
  rig.upgrade();
  rig.write("users/schema/v2.sql", "ALTER TABLE users ADD COLUMN b INTEGER;");
  const auto reader = rig.connect();
  reader->begin();
  reader->query("SELECT * FROM users");
  const auto stopped = start_upgrade(rig);
  test::wait_until("the ALTER", [&] { return server.is_running("ALTER TABLE users ADD COLUMN b"); });
  UpgradeOptions options;
  options.lock_wait = std::chrono::seconds(0);
  CHECK_THROWS_AS(rig.upgrade(options), agent::Error);
  reader->commit();
  CHECK(stopped->wait() == 0);
  CHECK(rig.upgrade().scripts == 0);
}

TEST_CASE("A block that was under way is neither repeated nor skipped unless it is said", "[server]") {
  // Cut off behind one call more each time, until the block is what was cut off.
  std::unique_ptr<test::MariadbRig> made;
  for (int call = 1; !made || made->value("SELECT visits FROM users") == "0"; ++call) {
    REQUIRE(call < 100);
    made = std::make_unique<test::MariadbRig>(test::shared_mariadb());
    test::write_users(*made);
    made->upgrade();
    made->write("users/data/v2.sql",
                "DELIMITER //\nBEGIN NOT ATOMIC UPDATE users SET visits = visits + 1; END //\nDELIMITER ;\n"
                "UPDATE users SET visits = visits + 10;");
    CutConnection connection(made->connect(), call, CutConnection::Moment::behind);
    CHECK_THROWS_AS(upgrade_schema(connection, made->directory(), made->options()), agent::Error);
  }
  test::MariadbRig& rig = *made;
  CHECK(rig.upgrade().failed == 1);
  CHECK_THAT(rig.errors(), Contains("users/data/v2.sql:2: statement 1 was under way") &&
                               Contains("--unfinished repeat") && Contains("--unfinished skip"));
  UpgradeOptions options;
  SECTION("skipped") {
    options.unfinished = Unfinished::skip;
    CHECK(rig.upgrade(options).failed == 0);
    CHECK(rig.value("SELECT visits FROM users") == "11");
  }
  SECTION("repeated") {
    options.unfinished = Unfinished::repeat;
    CHECK(rig.upgrade(options).failed == 0);
    CHECK(rig.value("SELECT visits FROM users") == "12");
  }
}

TEST_CASE("A definition that was judged to be done stays done when later ones undo it", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  test::write_users(rig);
  rig.upgrade();
  const std::string script =
      "CREATE TABLE users_x (id INTEGER);\nUPDATE users SET visits = visits + 1;\nDROP TABLE users_x;\n";
  rig.write("users/data/v2.sql", script + "UPDATE users SET none = 1;");
  for (int call = 1; !rig.connect()->has_table("users_x"); ++call) {
    CutConnection connection(rig.connect(), call, CutConnection::Moment::behind);
    CHECK_THROWS_AS(upgrade_schema(connection, rig.directory(), rig.options()), agent::Error);
  }
  CHECK(rig.value("SELECT done FROM __tb_schema_steps__ WHERE position = 1") == "0");
  CHECK(rig.upgrade().failed == 1);
  CHECK_THAT(rig.said(), Contains("users/data/v2.sql:1: was under way when the last upgrade ended"));
  rig.write("users/data/v2.sql", script + "UPDATE users SET visits = visits + 10;");
  CHECK(rig.upgrade().failed == 0);
  CHECK(rig.value("SELECT visits FROM users") == "11");
}

TEST_CASE("A block that failed is gone on with once it is repaired, and nobody is asked", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  test::write_users(rig);
  rig.write("users/data/v1.sql", "DELIMITER //\nBEGIN NOT ATOMIC UPDATE users SET none = 1; END //\n");
  CHECK(rig.upgrade().failed == 1);
  CHECK_THAT(rig.errors(), Contains("users/data/v1.sql:2: statement 1 of 1: 1054: Unknown column 'none'"));
  rig.write("users/data/v1.sql",
            "DELIMITER //\nBEGIN NOT ATOMIC INSERT INTO users (id, name) VALUES (1, 'ann'); END //\n");
  CHECK(rig.upgrade().failed == 0);
  CHECK(rig.errors().empty());
  CHECK(rig.value("SELECT name FROM users") == "ann");
}

TEST_CASE("Settings of a script hold when it is gone on with", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  test::write_users(rig);
  rig.write("users/data/v1.sql", "SET @name = 'users';\nINSERT INTO users (id, name) VALUES (1, @nme, 0);\n");
  CHECK(rig.upgrade().failed == 1);
  rig.write("users/data/v1.sql", "SET @name = 'users';\nINSERT INTO users (id, name) VALUES (1, @name);\n");
  CHECK(rig.upgrade().failed == 0);
  CHECK(rig.value("SELECT name FROM users") == "users");
}

TEST_CASE("A dump with LOCK TABLES and settings in comments is a script", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  test::write_users(rig);
  rig.write(
      "users/data/v1.sql",
      "/*!40101 SET NAMES utf8mb4 */;\n/*!40014 SET @OLD_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;\n"
      "LOCK TABLES `users` WRITE;\n/*!40000 ALTER TABLE `users` DISABLE KEYS */;\n"
      "INSERT INTO `users` VALUES (1,'a\\'b',0),(2,'c;d',0);\n/*!40000 ALTER TABLE `users` ENABLE KEYS */;\n"
      "UNLOCK TABLES;\n/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_CHECKS */;\n");
  rig.upgrade();
  CHECK(rig.errors().empty());
  CHECK(rig.value("SELECT name FROM users ORDER BY id") == "a'b c;d");
}

TEST_CASE("A script that is longer than a TEXT is cut in the log at a character", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  test::write_users(rig);
  std::string name = "x";
  for (int i = 0; i < 40000; ++i) name += "é";
  rig.write("users/data/v1.sql", "INSERT INTO users (id, name) VALUES (1, LEFT('" + name + "', 2));");
  rig.upgrade();
  CHECK(rig.errors().empty());
  CHECK(rig.value("SELECT name FROM users") == "xé");
  const std::string bytes = rig.value("SELECT LENGTH(code) FROM __tb_schema_logs__ WHERE class = 1");
  CHECK((bytes == "65535" || bytes == "65534"));
}

TEST_CASE("Definitions are another text after each statement that changes one", "[server]") {
  test::MariadbRig rig(test::shared_mariadb());
  const auto connection = rig.connect();
  connection->make_record_tables();
  std::string before = connection->definitions();
  for (const char* sql :
       {"CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY)", "ALTER TABLE a ADD COLUMN b INT",
        "ALTER TABLE a MODIFY b BIGINT", "ALTER TABLE a ADD INDEX (b)", "ALTER TABLE a ADD INDEX (b)",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0)", "ALTER TABLE a COMMENT 'c'",
        "CREATE VIEW v AS SELECT id FROM a", "CREATE OR REPLACE VIEW v AS SELECT b FROM a",
        "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = 2", "DROP TRIGGER t",
        "RENAME TABLE a TO `x``y`", "DROP VIEW v", "DROP TABLE `x``y`"}) {
    INFO(sql);
    connection->execute(sql);
    const std::string behind = connection->definitions();
    CHECK(behind != before);
    before = behind;
  }
  connection->execute("CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY)");
  before = connection->definitions();
  connection->execute("INSERT INTO a VALUES (NULL), (NULL)");
  connection->execute("INSERT INTO __tb_schema__ (name) VALUES ('a')");
  CHECK(connection->definitions() == before);
}

TEST_CASE("A server's certificate is checked when an authority is given", "[server]") {
  const test::Certificates certificates;
  test::MariadbServer server(test::MariadbServer::Accounts::real, {"--ssl-cert=" + certificates.server_cert(),
                                                                   "--ssl-key=" + certificates.server_key()});
  const std::string database = server.make_database();
  MariadbAddress address;
  address.socket = server.socket();
  address.user = "root";
  address.database = database;
  address.tls_ca = certificates.ca();
  const auto ciphers = connect_to_mariadb(address)->query("SHOW STATUS LIKE 'Ssl_cipher'");
  CHECK_FALSE(ciphers.at(0).at(1).empty());
  address.tls_ca = certificates.other_ca();
  CHECK_THROWS_AS(connect_to_mariadb(address), agent::Error);
  address.tls_ca.clear();
  CHECK(connect_to_mariadb(address)->query("SHOW STATUS LIKE 'Ssl_cipher'").at(0).at(1).empty());
}

TEST_CASE("An account's password comes from a file, an options file or the environment", "[server]") {
  test::MariadbServer server(test::MariadbServer::Accounts::real);
  test::MariadbRig rig(server);
  test::write_users(rig);
  server.run("CREATE USER up IDENTIFIED BY 'sec ret'; GRANT ALL ON " + rig.database() + ".* TO up");
  server.run("CREATE PROCEDURE visit() UPDATE users SET visits = visits + 1", rig.database());
  rig.write("users/data/v2.sql", "CALL visit(); -- users");
  const test::TempDir place;
  const std::string password = place.write("password", "sec ret\n");
  const std::string options =
      place.write("my.cnf", "[client]\nuser=up\npassword=\"sec ret\"\nsocket=" + server.socket() +
                                "\n[schema-upgrade]\ndatabase=" + rig.database() + "\n");
  const auto run = [&](test::Program::Arguments arguments,
                       const test::Program::Environment& environment = {}) {
    arguments.push_back(rig.directory());
    test::Program program(test::built_program("schema-upgrade"), arguments, environment);
    const int code = program.wait();
    CHECK_THAT(program.output(), !Contains("sec ret"));
    return std::pair(code, program.output());
  };
  const test::Program::Arguments up{"--database",    rig.database(), "--socket",
                                    server.socket(), "--user",       "up"};
  test::Program::Arguments with_file = up;
  with_file.insert(with_file.end(), {"--password-file", password});

  const auto [denied, why] = run(up);
  CHECK(denied == 1);
  CHECK_THAT(why, Contains("schema-upgrade: connect: 1045: Access denied"));
  CHECK(run(with_file).first == 0);
  CHECK(server.run("SELECT visits FROM users", rig.database()) == "1\n");
  CHECK(run(up, {{"SCHEMA_UPGRADE_PASSWORD", "sec ret"}}) == std::pair(0, std::string("nothing to do\n")));
  CHECK(run({"--options-file", options}) == std::pair(0, std::string("nothing to do\n")));
}
