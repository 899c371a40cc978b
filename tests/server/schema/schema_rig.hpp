// SchemaRig: a directory of tables, and a database of one of the engines to upgrade by it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/schema/schema_upgrade.hpp"
#include "tests/support/mariadb_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace test {

class SchemaRig {
 public:
  virtual ~SchemaRig() = default;

  // A new one each time; of SQLite only one at a time.
  virtual std::unique_ptr<server::schema::SqlConnection> connect() = 0;
  // The arguments of schema-upgrade that mean this database.
  virtual std::vector<std::string> arguments() const = 0;

  const std::string& directory() const { return directory_.path(); }
  // Writes "users/schema/v1.sql", and makes its folders.
  void write(const std::string& file, const std::string& text) const;
  void remove(const std::string& file) const;

  // One upgrade on a connection of its own. What it says is in said() and errors().
  server::schema::UpgradeResult upgrade(server::schema::UpgradeOptions options = {});
  const std::string& said() const { return said_; }
  const std::string& errors() const { return errors_; }
  server::schema::UpgradeOptions options();  // which fill them

  // The first column of the rows, with blanks between.
  std::string value(const std::string& sql);
  void execute(const std::string& sql) { connect()->execute(sql); }
  // "schema data" as recorded; "" when the table is not.
  std::string versions(const std::string& table);

 private:
  TempDir directory_;
  std::string said_;
  std::string errors_;
};

// "SQLite", and "MariaDB" where we are built with libmariadb.
std::vector<std::string> engines();
std::unique_ptr<SchemaRig> make_rig(const std::string& engine);

class MariadbRig : public SchemaRig {
 public:
  explicit MariadbRig(MariadbServer& server) : server_(server), database_(server.make_database()) {}

  std::unique_ptr<server::schema::SqlConnection> connect() override;
  std::vector<std::string> arguments() const override;
  const std::string& database() const { return database_; }

 private:
  MariadbServer& server_;
  const std::string database_;
};

// One for all tests of a process.
MariadbServer& shared_mariadb();

// A directory that the tests begin with: users at version 1, of which latest.sql and data/v1.sql make a row.
void write_users(const SchemaRig& rig);

}  // namespace test
