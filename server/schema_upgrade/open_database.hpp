// OpenDatabase: the connection that the command line asks for, ended with the object.
#pragma once

#include <memory>

#include "schema_upgrade/upgrade_command_line.hpp"
#include "store/sqlite_file.hpp"

namespace server::schema {

inline constexpr const char* kPasswordVariable = "SCHEMA_UPGRADE_PASSWORD";

class OpenDatabase {
 public:
  // Throws Errc::io, Errc::busy, Errc::disconnected.
  explicit OpenDatabase(const UpgradeCommandLine& line);

  SqlConnection& connection() { return *connection_; }

 private:
  std::unique_ptr<store::SqliteFile> file_;
  std::unique_ptr<SqlConnection> connection_;
};

}  // namespace server::schema
