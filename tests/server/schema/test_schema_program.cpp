// schema-upgrade as people run it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/server/schema/schema_rig.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"

using Catch::Contains;

namespace {

std::pair<int, std::string> upgrade(const test::Program::Arguments& arguments) {
  return test::run_program(test::built_program("schema-upgrade"), arguments);
}

std::pair<int, std::string> upgrade(const test::SchemaRig& rig, const test::Program::Arguments& more = {}) {
  test::Program::Arguments arguments = rig.arguments();
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.push_back(rig.directory());
  return upgrade(arguments);
}

// The ```sh blocks of a page, one after the other.
std::string shell_of(const std::string& page) {
  std::ifstream file(test::source_path(page));
  std::string script;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```"))
      is_inside = line == "```sh";
    else if (is_inside)
      script += line + "\n";
  }
  return script;
}

}  // namespace

TEST_CASE("What docs/schemas.md shows works as it says", "[server]") {
  const test::TempDir place;
  const std::string programs =
      std::filesystem::path(test::built_program("schema-upgrade")).parent_path().string();
  const auto [code, output] = test::run_program(
      "/bin/sh",
      {"-euc", "cd " + place.path() + "; PATH=" + programs + ":$PATH\n" + shell_of("docs/schemas.md")});
  CHECK(code == 0);
  CHECK(output ==
        "users/schema/latest.sql: would run 1 of 1 statements\n"
        "users/schema/latest.sql:1: CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(40))\n"
        "users/data/v1.sql: would run 1 of 1 statements\n"
        "users/data/v1.sql:1: INSERT INTO users (id, name) VALUES (1, 'admin')\n"
        "users/schema/latest.sql: 1 statements\nusers/data/v1.sql: 1 statements\n"
        "users/schema/v1.sql: 1 statements\nnothing to do\n");
}

TEST_CASE("schema-upgrade says each script it ran, and then that there is nothing to do", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  const auto [shown, what] = upgrade(*rig, {"--dry-run"});
  CHECK(shown == 0);
  CHECK_THAT(what, Contains("users/schema/latest.sql: would run 1 of 1 statements\n"));
  CHECK(
      upgrade(*rig) ==
      std::pair(0, std::string("users/schema/latest.sql: 1 statements\nusers/data/v1.sql: 1 statements\n")));
  CHECK(upgrade(*rig) == std::pair(0, std::string("nothing to do\n")));
  CHECK(upgrade(*rig, {"--dry-run"}) == std::pair(0, std::string("nothing to do\n")));
}

TEST_CASE("schema-upgrade ends with 1 when a table fails", "[server]") {
  const auto rig = test::make_rig(GENERATE(from_range(test::engines())));
  test::write_users(*rig);
  rig->write("users/data/v1.sql", "INSERT INTO users VALUES (1, 2, 3, 4);");
  rig->write("zones/schema/latest.sql", "CREATE TABLE zones (id INTEGER);");
  const auto [code, output] = upgrade(*rig);
  CHECK(code == 1);
  CHECK_THAT(output, Contains("schema-upgrade: users/data/v1.sql:1: statement 1 of 1: ") &&
                         Contains("zones/schema/latest.sql: 1 statements\n") &&
                         Contains("schema-upgrade: 1 tables failed\n"));
  const auto [stopped, only] = upgrade(*rig, {"--stop-on-error", "--dry-run"});
  CHECK(stopped == 0);
}

TEST_CASE("schema-upgrade ends with 2 when its arguments are wrong", "[server]") {
  const test::TempDir place;
  const std::string file = place.file("a.db");
  for (const test::Program::Arguments& arguments : {test::Program::Arguments{},
                                                    {place.path()},
                                                    {"--sqlite", file},
                                                    {"--none", place.path()},
                                                    {"--sqlite", file, "--user", "x", place.path()},
                                                    {"--sqlite", file, "--unfinished", "x", place.path()},
                                                    {"--database", "x", "--tls-key", "x", place.path()},
                                                    {"--sqlite", file, "--lock-wait", "x", place.path()},
                                                    {"--sqlite", file, "--lock-wait", "-1", place.path()}}) {
    const auto [code, output] = upgrade(arguments);
    INFO(output);
    CHECK(code == 2);
  }
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(upgrade({"--help"}).first == 0);
  CHECK(upgrade({"--version"}).first == 0);
}

TEST_CASE("schema-upgrade ends with 1 where there is no directory or no server, and with 75 at a lock",
          "[server]") {
  const test::TempDir place;
  CHECK(upgrade({"--sqlite", place.file("a.db"), place.file("none")}).first == 1);
  CHECK(upgrade({"--sqlite", place.path(), place.path()}).first == 1);
  CHECK(upgrade({"--database", "x", "--socket", place.file("none"), place.path()}).first == 1);
  const auto rig = test::make_rig("SQLite");
  test::write_users(*rig);
  rig->upgrade();
  const auto open = rig->connect();
  const auto [code, output] = upgrade(*rig, {"--lock-wait", "0"});
  CHECK(code == 75);
  CHECK_THAT(output, Contains("a.db: ") && Contains("locked"));
}

TEST_CASE("schema-upgrade waits for a file that another one has", "[server]") {
  const auto rig = test::make_rig("SQLite");
  test::write_users(*rig);
  rig->upgrade();
  auto open = rig->connect();
  test::Program::Arguments arguments = rig->arguments();
  arguments.push_back(rig->directory());
  test::Program program(test::built_program("schema-upgrade"), arguments);
  CHECK(program.is_running());
  open.reset();
  CHECK(program.wait() == 0);
}
