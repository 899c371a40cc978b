// upgrade_schema: brings a database to what a directory of tables says (table_scripts.hpp, docs/schemas.md).
//
// A table that is not recorded is made by its latest.sql, which is then at the version of its highest v-file;
// one that is recorded gets each v-file beyond its version, in order. Then its data gets the same. A table
// that fails stops there, and the others go on.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/schema/run_script.hpp"

namespace server::schema {

struct UpgradeOptions {
  bool is_dry_run = false;      // says what would be run, and writes nothing
  bool stops_at_error = false;  // the tables behind one that fails are left alone
  std::chrono::seconds lock_wait{60};
  Unfinished unfinished = Unfinished::refuse;
  Say say;    // a line for each step
  Say error;  // a line for each table that fails
};

struct UpgradeResult {
  std::size_t scripts = 0;  // that were run, or would be
  std::size_t failed = 0;   // tables
};

// Throws when the directory cannot be read, Errc::busy when another upgrade is at work, Errc::disconnected
// when the connection is lost on the way.
UpgradeResult upgrade_schema(SqlConnection& connection, const std::string& directory,
                             const UpgradeOptions& options);

// What a table lacks, in order. Throws Errc::bad_config when it is not recorded and has no latest.sql.
std::vector<const SqlScript*> missing_scripts(const TableScripts& table,
                                              const std::optional<TableVersions>& recorded);

// Throws Errc::refused with the file when a script that was run is another one now. `done`: digests by file
// (SchemaRecords). A file that is gone, or was run before there were digests, is not looked at.
void check_history(const TableScripts& table, const TableVersions& recorded,
                   const std::map<std::string, std::string>& done);

}  // namespace server::schema
