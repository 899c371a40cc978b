#include "store/schema/schema_upgrade.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/error.hpp"

namespace server::schema {
namespace {

using agent::Errc;
using agent::Error;

constexpr std::size_t kMostShownBytes = 100;  // of a statement, in a dry run

void add_beyond(int version, const std::vector<SqlScript>& scripts, std::vector<const SqlScript*>& out) {
  for (const SqlScript& script : scripts)
    if (script.version > version) out.push_back(&script);
}

// Its first line.
std::string shown(const std::string& statement) {
  const std::size_t end = std::min({statement.find_first_of("\r\n"), statement.size(), kMostShownBytes});
  return statement.substr(0, end) + (end < statement.size() ? " …" : "");
}

int highest(const std::vector<SqlScript>& scripts) { return scripts.empty() ? 0 : scripts.back().version; }

class Upgrade {
 public:
  Upgrade(SqlConnection& connection, const std::string& directory, const UpgradeOptions& options)
      : connection_(connection), records_(connection), directory_(directory), options_(options) {}

  UpgradeResult run() {
    std::vector<std::string> others;
    const std::vector<std::string> tables = table_names(directory_, others);
    for (const std::string& name : others) options_.say(name + ": no folder of a table, left out");
    if (!options_.is_dry_run) {
      connection_.lock(options_.lock_wait);
      records_.make_tables();
    }
    for (const std::string& table : tables)
      if (!upgrade(table) && options_.stops_at_error) break;
    return result_;
  }

 private:
  // False: it failed.
  bool upgrade(const std::string& name) {
    try {
      const TableScripts table = read_table(directory_, name, connection_.dialect());
      const std::optional<TableVersions> recorded = records_.versions(name);
      note_oddities(table, recorded);
      if (recorded) check_history(table, *recorded, records_.done_scripts(name));
      for (const SqlScript* script : missing_scripts(table, recorded)) step(*script);
      return true;
    } catch (const Error& error) {
      if (error.code() == Errc::disconnected) throw;
      options_.error(error.what());
      ++result_.failed;
      return false;
    }
  }

  void step(const SqlScript& script) {
    if (options_.is_dry_run) {
      show(script);
    } else {
      run_script(connection_, records_, script, run_options());
      options_.say(fmt::format("{}: {} statements", script.file, script.statements.size()));
    }
    ++result_.scripts;
  }

  void show(const SqlScript& script) {
    const std::size_t first = first_undone(connection_, records_, script, run_options());
    options_.say(fmt::format("{}: would run {} of {} statements", script.file,
                             script.statements.size() - first, script.statements.size()));
    for (std::size_t i = first; i < script.statements.size(); ++i)
      options_.say(
          fmt::format("{}:{}: {}", script.file, script.statements[i].line, shown(script.statements[i].text)));
  }

  RunOptions run_options() const { return {options_.unfinished, options_.say}; }

  void note_oddities(const TableScripts& table, const std::optional<TableVersions>& recorded) const {
    if (!table.has_schema && table.data.empty()) options_.say(table.name + ": nothing in it, left out");
    note_versions(table.name + "/schema", table.schema, recorded ? recorded->schema : 0);
    note_versions(table.name + "/data", table.data, recorded ? recorded->data : 0);
  }

  void note_versions(const std::string& folder, const std::vector<SqlScript>& scripts, int recorded) const {
    if (!scripts.empty() && highest(scripts) < recorded)
      options_.say(fmt::format("{}: ends at v{}, and v{} is recorded: left as it is", folder,
                               highest(scripts), recorded));
    for (std::size_t i = 1; i < scripts.size(); ++i)
      if (scripts[i].version != scripts[i - 1].version + 1)
        options_.say(fmt::format("{}: nothing between v{} and v{}", folder, scripts[i - 1].version,
                                 scripts[i].version));
  }

  SqlConnection& connection_;
  SchemaRecords records_;
  const std::string& directory_;
  const UpgradeOptions& options_;
  UpgradeResult result_;
};

void check_scripts(const std::vector<SqlScript>& scripts, int recorded,
                   const std::map<std::string, std::string>& done) {
  for (const SqlScript& script : scripts) {
    const auto known = done.find(file_in_table(script));
    if (script.version > recorded || known == done.end() || known->second == digest_of(script)) continue;
    throw Error(Errc::refused, script.file +
                                   ": was run, and is another one now: put it back as it was, and write the "
                                   "change as a new version");
  }
}

}  // namespace

std::vector<const SqlScript*> missing_scripts(const TableScripts& table,
                                              const std::optional<TableVersions>& recorded) {
  std::vector<const SqlScript*> missing;
  if (table.has_schema && !recorded) {
    if (!table.has_latest)
      throw Error(Errc::bad_config,
                  table.name + "/schema/latest.sql: is missing, and the table is not recorded");
    missing.push_back(&table.latest);
  } else if (recorded) {
    add_beyond(recorded->schema, table.schema, missing);
  }
  add_beyond(recorded ? recorded->data : 0, table.data, missing);
  return missing;
}

void check_history(const TableScripts& table, const TableVersions& recorded,
                   const std::map<std::string, std::string>& done) {
  check_scripts(table.schema, recorded.schema, done);
  check_scripts(table.data, recorded.data, done);
}

UpgradeResult upgrade_schema(SqlConnection& connection, const std::string& directory,
                             const UpgradeOptions& options) {
  return Upgrade(connection, directory, options).run();
}

}  // namespace server::schema
