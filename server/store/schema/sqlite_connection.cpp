#include "store/schema/sqlite_connection.hpp"

#include <sqlite3.h>

#include <thread>

#include "agent/error.hpp"

namespace server::schema {
namespace {

// SQLite tells nobody when a lock goes: it is tried again this often.
constexpr std::chrono::milliseconds kRetry{50};

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS __tb_schema__ (id INTEGER PRIMARY KEY, "
    "created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, updated TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, "
    "name TEXT NOT NULL DEFAULT '', schema_version INTEGER NOT NULL DEFAULT 0, "
    "data_version INTEGER NOT NULL DEFAULT 0, UNIQUE (name, schema_version, data_version));"
    "CREATE TABLE IF NOT EXISTS __tb_schema_logs__ (id INTEGER PRIMARY KEY, "
    "created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, name TEXT NOT NULL DEFAULT '', "
    "class INTEGER NOT NULL DEFAULT 0, current_version INTEGER NOT NULL DEFAULT 0, "
    "upgrade_version INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS __tb_schema_steps__ (created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, "
    "name TEXT NOT NULL, file TEXT NOT NULL, position INTEGER NOT NULL, digest TEXT NOT NULL, "
    "done INTEGER NOT NULL, definitions TEXT NOT NULL, PRIMARY KEY (name, file, position));"
    "CREATE TRIGGER IF NOT EXISTS __tb_schema_updated__ AFTER UPDATE ON __tb_schema__ BEGIN "
    "UPDATE __tb_schema__ SET updated = CURRENT_TIMESTAMP WHERE id = NEW.id; END;";

bool is_complete(const std::string& text) { return sqlite3_complete(text.c_str()) != 0; }

}  // namespace

SqlDialect SqliteConnection::dialect() const {
  SqlDialect dialect;
  dialect.has_brackets = true;
  dialect.is_complete = is_complete;
  return dialect;
}

std::vector<SqlConnection::Row> SqliteConnection::query(const std::string& sql) {
  store::SqliteStatement statement = file_.prepare(sql.c_str());
  std::vector<Row> rows;
  while (statement.step()) {
    Row& row = rows.emplace_back();
    for (int i = 0; i < statement.columns(); ++i) row.emplace_back(statement.bytes(i));
  }
  return rows;
}

std::string SqliteConnection::quote(std::string_view text) const {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

void SqliteConnection::make_record_tables() {
  file_.begin();
  try {
    file_.execute(kTables);
    file_.commit();
  } catch (...) {
    file_.roll_back();
    throw;
  }
}

bool SqliteConnection::has_table(const std::string& name) {
  return !query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = " + quote(name)).empty();
}

std::unique_ptr<store::SqliteFile> open_when_free(const std::string& path, std::chrono::seconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    try {
      return std::make_unique<store::SqliteFile>(path, store::Sync::full);
    } catch (const agent::Error& error) {
      const bool is_over = std::chrono::steady_clock::now() >= deadline;
      if (error.code() != agent::Errc::busy || is_over) throw error.within(path);
    }
    std::this_thread::sleep_for(kRetry);
  }
}

}  // namespace server::schema
