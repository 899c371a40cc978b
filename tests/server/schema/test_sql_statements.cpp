#include "store/schema/sql_statements.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "agent/error.hpp"

using namespace server::schema;

namespace {

SqlDialect mariadb() {
  SqlDialect dialect;
  dialect.has_backslash_escapes = true;
  dialect.double_quotes_are_strings = true;
  dialect.has_hash_comments = true;
  dialect.dashes_need_blank = true;
  dialect.has_run_comments = true;
  return dialect;
}

SqlDialect sqlite() {
  SqlDialect dialect;
  dialect.has_brackets = true;
  dialect.is_complete = [](const std::string& text) { return sqlite3_complete(text.c_str()) != 0; };
  return dialect;
}

std::vector<std::string> texts(const std::string& sql, const SqlDialect& dialect) {
  std::vector<std::string> out;
  for (const SqlStatement& statement : split_sql(sql, dialect)) out.push_back(statement.text);
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Statements end at semicolons, the last one at the end of the file", "[server]") {
  CHECK(texts("A;B ;\n\n;; C", mariadb()) == Texts{"A", "B", "C"});
  CHECK(texts("", mariadb()).empty());
  CHECK(texts(" \n\t;\r\n", mariadb()).empty());
}

TEST_CASE("A semicolon within a string or a name ends nothing", "[server]") {
  CHECK(texts("A 'x;y' B; C \"x;y\"; D `x;y`;", mariadb()) == Texts{"A 'x;y' B", "C \"x;y\"", "D `x;y`"});
  CHECK(texts("A 'it''s;' ; B", mariadb()) == Texts{"A 'it''s;'", "B"});
  CHECK(texts("A 'it\\'s;' ; B", mariadb()) == Texts{"A 'it\\'s;'", "B"});
  CHECK(texts("A '\\\\'; B", mariadb()) == Texts{"A '\\\\'", "B"});
  CHECK(texts("A '\\'; B", sqlite()) == Texts{"A '\\'", "B"});
  CHECK(texts("A [x;y]; B", sqlite()) == Texts{"A [x;y]", "B"});
  CHECK(texts("A `x\\`; B", mariadb()) == Texts{"A `x\\`", "B"});
}

TEST_CASE("Comments are passed over, and dropped where no statement has begun", "[server]") {
  CHECK(texts("-- x; y\nA;# x;\nB;/* x; */ C /* ; ' */ D;", mariadb()) == Texts{"A", "B", "C /* ; ' */ D"});
  CHECK(texts("A -- it's\n B; C", mariadb()) == Texts{"A -- it's\n B", "C"});
  CHECK(texts("-- only\n/* comments */\n", mariadb()).empty());
  CHECK(texts("A 5--1; B", mariadb()) == Texts{"A 5--1", "B"});
  CHECK(texts("A --1; B\n; C", sqlite()) == Texts{"A --1; B", "C"});
  CHECK(texts("A # B; C", sqlite()) == Texts{"A # B", "C"});
  CHECK(texts("A --", mariadb()) == Texts{"A --"});
}

TEST_CASE("What MariaDB runs out of a comment is a statement", "[server]") {
  CHECK(texts("/*!40101 SET NAMES utf8 */; /*M!100 A; */;", mariadb()) ==
        Texts{"/*!40101 SET NAMES utf8 */", "/*M!100 A; */"});
  CHECK(texts("/*!40101 SET NAMES utf8 */; A", sqlite()) == Texts{"A"});
}

TEST_CASE("DELIMITER changes what ends a statement", "[server]") {
  CHECK(texts("A;\ndelimiter //\nB; C //\n D; ' // ' //\nDELIMITER ;\nE; F", mariadb()) ==
        Texts{"A", "B; C", "D; ' // '", "E", "F"});
  CHECK(texts("SELECT 1 AS\ndelimiter; B", mariadb()) == Texts{"SELECT 1 AS\ndelimiter", "B"});
  CHECK_THROWS_WITH(split_sql("A;\nDELIMITER\nB", mariadb()), Catch::Contains("line 2: DELIMITER wants"));
}

TEST_CASE("A trigger of SQLite ends at its END", "[server]") {
  const std::string trigger =
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; END";
  CHECK(texts(trigger + ";\nA;", sqlite()) == Texts{trigger, "A"});
}

TEST_CASE("Statements know their lines, whatever ends these", "[server]") {
  const auto statements = split_sql("\xEF\xBB\xBF-- x\r\nA;\r\n\r\n  B\r\n;'\r\n'; C", mariadb());
  REQUIRE(statements.size() == 4);
  CHECK(statements[0].line == 2);
  CHECK(statements[1].line == 4);
  CHECK(statements[1].text == "B");
  CHECK(statements[2].line == 5);
  CHECK(statements[3].line == 6);
}

TEST_CASE("What does not end is an error with the line that it begins in", "[server]") {
  CHECK_THROWS_WITH(split_sql("A;\n'x", mariadb()), "line 2: the string that begins here does not end");
  CHECK_THROWS_WITH(split_sql("A;\n'x\\'", mariadb()), "line 2: the string that begins here does not end");
  CHECK_THROWS_WITH(split_sql("\n\n`x", mariadb()), "line 3: the quote that begins here does not end");
  CHECK_THROWS_WITH(split_sql("/* x", mariadb()), "line 1: the comment that begins here does not end");
}

TEST_CASE("The first words say what kind a statement is", "[server]") {
  CHECK(kind_of("insert into a values (1)") == StatementKind::data);
  CHECK(kind_of("(SELECT 1)") == StatementKind::data);
  CHECK(kind_of("ALTER TABLE a ADD b INT") == StatementKind::definition);
  CHECK(kind_of("TRUNCATE a") == StatementKind::definition);
  CHECK(kind_of("Set @a = 1") == StatementKind::setting);
  CHECK(kind_of("/*!40101 SET NAMES utf8 */") == StatementKind::setting);
  CHECK(kind_of("CALL p()") == StatementKind::opaque);
  CHECK(kind_of("BEGIN NOT ATOMIC SELECT 1; END") == StatementKind::opaque);
  CHECK(kind_of("BEGIN") == StatementKind::begin);
  CHECK(kind_of("START TRANSACTION") == StatementKind::begin);
  CHECK(kind_of("COMMIT") == StatementKind::commit);
  CHECK(kind_of("LOCK TABLES a WRITE") == StatementKind::ignored);
  CHECK(kind_of("UNLOCK TABLES") == StatementKind::ignored);
  CHECK_THROWS_AS(kind_of("ROLLBACK"), agent::Error);
  CHECK_THROWS_AS(kind_of("USE other"), agent::Error);
}

TEST_CASE("A digest does not hang on ends of lines, and on all else", "[server]") {
  CHECK(digest_of("A\r\nB") == digest_of("A\nB"));
  CHECK(digest_of("A B") != digest_of("A  B"));
}
