#include "store/schema/schema_records.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace server::schema {
namespace {

// The bytes that a TEXT column has room for.
constexpr std::size_t kMostLogBytes = 65535;

std::string cut(std::string_view text) {
  std::size_t size = std::min(text.size(), kMostLogBytes);
  while (size < text.size() && size > 0 && (text[size] & 0xC0) == 0x80) --size;  // within a character
  return std::string(text.substr(0, size));
}

int number(const std::string& text) { return std::stoi(text); }

}  // namespace

std::string file_in_table(const SqlScript& script) { return script.file.substr(script.table.size() + 1); }

std::string digest_of(const SqlScript& script) {
  std::string all;
  for (const SqlStatement& statement : script.statements) all += digest_of(statement.text);
  return digest_of(all);
}

void SchemaRecords::make_tables() {
  connection_.make_record_tables();
  are_there_ = true;
}

bool SchemaRecords::are_there() {
  if (!are_there_) are_there_ = connection_.has_table("__tb_schema__");
  return *are_there_;
}

std::optional<TableVersions> SchemaRecords::versions(const std::string& table) {
  if (!are_there()) return std::nullopt;
  const auto rows =
      connection_.query(fmt::format("SELECT schema_version, data_version FROM __tb_schema__ WHERE name = {} "
                                    "ORDER BY schema_version DESC, data_version DESC LIMIT 1",
                                    connection_.quote(table)));
  if (rows.empty()) return std::nullopt;
  return TableVersions{number(rows[0][0]), number(rows[0][1])};
}

std::string SchemaRecords::where(const SqlScript& script) const {
  return fmt::format("name = {} AND file = {}", connection_.quote(script.table),
                     connection_.quote(file_in_table(script)));
}

// An original's database has no table of steps until our first upgrade.
std::vector<Step> SchemaRecords::steps(const SqlScript& script) {
  std::vector<Step> steps;
  if (!connection_.has_table("__tb_schema_steps__")) return steps;
  const auto rows =
      connection_.query("SELECT position, digest, done, definitions FROM __tb_schema_steps__ WHERE " +
                        where(script) + " AND position > 0 ORDER BY position");
  for (const auto& row : rows)
    steps.push_back({static_cast<std::size_t>(number(row[0])), row[1], row[2] == "1", row[3]});
  return steps;
}

std::map<std::string, std::string> SchemaRecords::done_scripts(const std::string& table) {
  std::map<std::string, std::string> done;
  if (!connection_.has_table("__tb_schema_steps__")) return done;
  for (const auto& row :
       connection_.query("SELECT file, digest FROM __tb_schema_steps__ WHERE position = 0 AND name = " +
                         connection_.quote(table)))
    done.emplace(row[0], row[1]);
  return done;
}

void SchemaRecords::save(const SqlScript& script, const Step& step) {
  connection_.execute(
      fmt::format("REPLACE INTO __tb_schema_steps__ (name, file, position, digest, done, definitions) "
                  "VALUES ({}, {}, {}, {}, {}, {})",
                  connection_.quote(script.table), connection_.quote(file_in_table(script)), step.position,
                  connection_.quote(step.digest), step.is_done ? 1 : 0, connection_.quote(step.definitions)));
}

void SchemaRecords::erase(const SqlScript& script, std::size_t position) {
  connection_.execute(
      fmt::format("DELETE FROM __tb_schema_steps__ WHERE {} AND position = {}", where(script), position));
}

void SchemaRecords::finish(const SqlScript& script) {
  const std::optional<TableVersions> before = versions(script.table);
  save_version(script, before);
  save_log(script, before);
  connection_.execute("DELETE FROM __tb_schema_steps__ WHERE " + where(script));
  if (!script.file.ends_with("/latest.sql")) save(script, {0, digest_of(script), true, {}});
}

void SchemaRecords::save_version(const SqlScript& script, const std::optional<TableVersions>& before) {
  const std::string column = script.script_class == ScriptClass::schema ? "schema_version" : "data_version";
  const std::string name = connection_.quote(script.table);
  connection_.execute(
      before ? fmt::format("UPDATE __tb_schema__ SET {} = {} WHERE name = {}", column, script.version, name)
             : fmt::format("INSERT INTO __tb_schema__ (name, {}) VALUES ({}, {})", column, name,
                           script.version));
}

void SchemaRecords::save_log(const SqlScript& script, const std::optional<TableVersions>& before) {
  const TableVersions versions = before.value_or(TableVersions());
  connection_.execute(
      fmt::format("INSERT INTO __tb_schema_logs__ (name, class, current_version, upgrade_version, code) "
                  "VALUES ({}, {}, {}, {}, {})",
                  connection_.quote(script.table), static_cast<int>(script.script_class),
                  script.script_class == ScriptClass::schema ? versions.schema : versions.data,
                  script.version, connection_.quote(cut(script.text))));
}

}  // namespace server::schema
