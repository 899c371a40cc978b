// The scripts of one table, read from its directory (reference agent behaviour, section 12):
//
//   <directory>/<table>/schema/latest.sql   makes the table as it is today
//   <directory>/<table>/schema/v<N>.sql     brings it from any version before N to N
//   <directory>/<table>/data/v<N>.sql       the same for what is in it
//
// N is 1 to 2147483647; v0.sql is reserved and not read. Other names that look like v*.sql are refused,
// everything else in these folders is left alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/schema/sql_statements.hpp"

namespace server::schema {

inline constexpr std::size_t kMostScriptBytes = std::size_t{64} << 20;

// The numbers are those of the column `class`.
enum class ScriptClass { schema = 0, data = 1 };

struct SqlScript {
  std::string file;  // "users/schema/v2.sql"
  std::string table;
  ScriptClass script_class = ScriptClass::schema;
  int version = 0;  // of the table, behind it
  std::string text;
  std::vector<SqlStatement> statements;  // none: it says only that there is this version
};

struct TableScripts {
  std::string name;
  bool has_schema = false;  // the folder
  bool has_latest = false;
  SqlScript latest;               // its version is the highest one of `schema`, 0 without
  std::vector<SqlScript> schema;  // by number
  std::vector<SqlScript> data;
};

// The names of the tables, by alphabet; hidden folders are none. `others`: what is no folder. Throws
// Errc::io, and Errc::bad_config when two differ in case alone, which are one to a database.
std::vector<std::string> table_names(const std::string& directory, std::vector<std::string>& others);

// Throws Errc::io and Errc::bad_config with file and line: "users/schema/v2.sql: line 3: …".
TableScripts read_table(const std::string& directory, const std::string& name, const SqlDialect& dialect);

// Checks a script: UTF-8 without NUL, the table's name somewhere in it unless it has no statement, a COMMIT
// for each BEGIN, nothing that scripts may not have.
void check_script(const SqlScript& script);

}  // namespace server::schema
