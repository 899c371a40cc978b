// SchemaRecords: what an upgrade writes down in the database itself.
//
// __tb_schema__ has one row for each table with its versions, __tb_schema_logs__ one for each script that was
// run: both as the originals make them (reference agent behaviour, section 12), so that theirs are gone on
// with. __tb_schema_steps__ is ours: the statements of scripts that are under way, and at position 0 a digest
// of each script of a version that is done.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/schema/sql_connection.hpp"
#include "store/schema/table_scripts.hpp"

namespace server::schema {

struct TableVersions {
  int schema = 0;
  int data = 0;
};

// A statement that was begun.
struct Step {
  std::size_t position = 0;  // from 1
  std::string digest;
  bool is_done = false;
  std::string definitions;  // of the database before it, while it is not done; "" of an opaque one
};

class SchemaRecords {
 public:
  // Reads nothing. Without tables everything is as if nothing had been done.
  explicit SchemaRecords(SqlConnection& connection) : connection_(connection) {}

  void make_tables();

  std::optional<TableVersions> versions(const std::string& table);
  // By position.
  std::vector<Step> steps(const SqlScript& script);
  // The digests of what is done, by file: "schema/v2.sql". latest.sql is none of them, it changes.
  std::map<std::string, std::string> done_scripts(const std::string& table);

  // Each is a part of the transaction that is open.
  void save(const SqlScript& script, const Step& step);
  void erase(const SqlScript& script, std::size_t position);
  // The script is done, all of it: the table's version, a line of the log, no more steps.
  void finish(const SqlScript& script);

 private:
  bool are_there();
  std::string where(const SqlScript& script) const;
  void save_version(const SqlScript& script, const std::optional<TableVersions>& before);
  void save_log(const SqlScript& script, const std::optional<TableVersions>& before);

  SqlConnection& connection_;
  std::optional<bool> are_there_;
};

// "schema/v2.sql" of "users/schema/v2.sql".
std::string file_in_table(const SqlScript& script);
// The digest of all statements.
std::string digest_of(const SqlScript& script);

}  // namespace server::schema
