#include "store/schema/table_scripts.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/error.hpp"
#include "tests/support/temp_dir.hpp"

using namespace server::schema;

namespace {

class Folder {
 public:
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(directory_.file(file)).parent_path());
    directory_.write(file, text);
  }
  TableScripts read() const { return read_table(directory_.path(), "users", SqlDialect{}); }
  const std::string& path() const { return directory_.path(); }

 private:
  test::TempDir directory_;
};

std::vector<int> versions(const std::vector<SqlScript>& scripts) {
  std::vector<int> out;
  for (const SqlScript& script : scripts) out.push_back(script.version);
  return out;
}

}  // namespace

TEST_CASE("Scripts are in the order of their numbers, whatever is missing between", "[server]") {
  const Folder folder;
  for (const char* name : {"v10", "v2", "v1", "v0"})
    folder.write(std::string("users/schema/") + name + ".sql", "UPDATE users SET a = 1");
  folder.write("users/schema/latest.sql", "CREATE TABLE users (a INT)");
  folder.write("users/data/v3.sql", "");
  folder.write("users/data/README.md", "no script");
  const TableScripts table = folder.read();
  CHECK(versions(table.schema) == std::vector<int>{1, 2, 10});
  CHECK(versions(table.data) == std::vector<int>{3});
  CHECK(table.data[0].statements.empty());
  CHECK(table.has_latest);
  CHECK(table.latest.version == 10);
}

TEST_CASE("A latest.sql without versions is version 0", "[server]") {
  const Folder folder;
  folder.write("users/schema/latest.sql", "CREATE TABLE users (a INT)");
  CHECK(folder.read().latest.version == 0);
}

TEST_CASE("A bad script is an error with its file", "[server]") {
  const Folder folder;
  folder.write("users/schema/latest.sql", "CREATE TABLE users (a INT)");
  const auto refuses = [&](const std::string& file, const std::string& text, const std::string& why) {
    folder.write(file, text);
    CHECK_THROWS_WITH(folder.read(), Catch::Contains(file + ": ") && Catch::Contains(why));
    std::filesystem::remove(folder.path() + "/" + file);
  };
  refuses("users/schema/vx.sql", "", "its name has no version");
  refuses("users/schema/v.sql", "", "its name has no version");
  refuses("users/schema/v-1.sql", "", "its name has no version");
  refuses("users/schema/v1.5.sql", "", "its name has no version");
  refuses("users/schema/v2147483648.sql", "", "its name has no version");
  refuses("users/schema/v1.sql", "UPDATE others SET a = 1", "the name of its table, users, is nowhere in it");
  refuses("users/data/v1.sql", "-- users\nSELECT 'x", "line 2: the string that begins here does not end");
  refuses("users/data/v1.sql", "SELECT 1;\nSELECT 'users\xff'", "line 2: is not UTF-8");
  refuses("users/data/v1.sql", std::string("\n\nusers\0;", 9), "line 3: has a NUL");
  refuses("users/data/v1.sql", "UPDATE users SET a = 1;\nROLLBACK", "line 2: ROLLBACK");
  refuses("users/data/v1.sql", "USE users", "line 1: USE");
  refuses("users/data/v1.sql", "\nBEGIN; UPDATE users SET a = 1", "line 2: the transaction that begins here");
  refuses("users/data/v1.sql", "BEGIN; UPDATE users SET a = 1;\nBEGIN", "line 2: a transaction within");
  folder.write("users/schema/v01.sql", "");
  refuses("users/schema/v1.sql", "", "the same version as users/schema/v01.sql");
  CHECK_NOTHROW(folder.read());
}

TEST_CASE("A script of comments alone has no statement and need not name its table", "[server]") {
  const Folder folder;
  folder.write("users/data/v1.sql", "-- nothing to do here\n");
  CHECK(folder.read().data.at(0).statements.empty());
}

TEST_CASE("Tables are folders, by alphabet", "[server]") {
  const Folder folder;
  folder.write("zones/schema/latest.sql", "");
  folder.write("users/schema/latest.sql", "");
  folder.write(".git/config", "");
  folder.write("notes.txt", "");
  std::vector<std::string> others;
  CHECK(table_names(folder.path(), others) == std::vector<std::string>{"users", "zones"});
  CHECK(others == std::vector<std::string>{"notes.txt"});
  folder.write("Users/schema/latest.sql", "");
  CHECK_THROWS_WITH(table_names(folder.path(), others), Catch::Contains("Users and users are one table"));
  CHECK_THROWS_AS(table_names(folder.path() + "/none", others), agent::Error);
}

TEST_CASE("A folder of a table that cannot be read is an error, and one that is missing is none",
          "[server]") {
  const Folder folder;
  folder.write("users/notes.txt", "");
  const TableScripts table = folder.read();
  CHECK_FALSE(table.has_schema);
  CHECK(table.data.empty());
  std::filesystem::create_symlink("schema", folder.path() + "/users/schema");  // a loop
  CHECK_THROWS_WITH(folder.read(), Catch::Contains("users/schema"));
}
