#include "store/sqlite_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include "agent/error.hpp"

namespace server::store {
namespace {

// SQLite's, with the remedy where there is but one.
std::string reason(sqlite3* database) {
  std::string text = sqlite3_errmsg(database);
  const int code = sqlite3_errcode(database);
  if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB) return text;
  return "damaged: " + text + "; restore a backup, or move the file away";
}

agent::Errc code_of(sqlite3* database) {
  return sqlite3_errcode(database) == SQLITE_BUSY ? agent::Errc::busy : agent::Errc::io;
}

[[noreturn]] void fail(sqlite3* database, const std::string& what) {
  throw agent::Error(code_of(database), what + ": " + reason(database));
}

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

SqliteStatement::SqliteStatement(sqlite3* database, const char* sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) fail(database, sql);
  statement_.reset(statement);
}

SqliteStatement& SqliteStatement::bind(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

SqliteStatement& SqliteStatement::bind(int index, std::string_view bytes) {
  const char* data = bytes.data() != nullptr ? bytes.data() : "";  // null would be NULL
  sqlite3_bind_blob64(statement_.get(), index, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

bool SqliteStatement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  const agent::Error error(code_of(database_), reason(database_));
  reset();
  throw error;
}

void SqliteStatement::reset() { sqlite3_reset(statement_.get()); }

void SqliteStatement::run() {
  step();
  reset();
}

int SqliteStatement::columns() const { return sqlite3_column_count(statement_.get()); }

std::int64_t SqliteStatement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteStatement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
}

SqliteFile::SqliteFile(const std::string& path, Sync sync, const std::string& vfs) {
  const mode_t before = ::umask(0077);
  const int opened = sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                     vfs.empty() ? nullptr : vfs.c_str());
  ::umask(before);
  try {
    if (opened != SQLITE_OK) fail(database_, "open");
    set_up(sync);
  } catch (...) {
    close();
    throw;
  }
}

SqliteFile::~SqliteFile() { close(); }

void SqliteFile::close() {
  begin_.reset();
  commit_.reset();
  sqlite3_close(database_);
}

void SqliteFile::set_up(Sync sync) {
  // One process, one connection: no shared memory beside the file, and readers never hold a checkpoint up.
  execute("PRAGMA locking_mode = EXCLUSIVE");
  // Before there are tables; later it would be a write.
  if (number("PRAGMA page_count") == 0) execute("PRAGMA auto_vacuum = INCREMENTAL");
  const std::string mode = text("PRAGMA journal_mode = WAL");
  if (mode != "wal")
    throw agent::Error(agent::Errc::io,
                       "journal_mode: SQLite has '" + mode +
                           "' where it must have 'wal': its directory must be writable, on a "
                           "local disk");
  execute(sync == Sync::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  execute("PRAGMA cell_size_check = ON");
  execute("PRAGMA trusted_schema = OFF");
  execute("PRAGMA temp_store = MEMORY");
  // Pages until a checkpoint, 4 MiB; what a large transaction made longer is cut off again.
  execute("PRAGMA wal_autocheckpoint = 1000");
  execute("PRAGMA journal_size_limit = 16777216");
  begin_.emplace(prepare("BEGIN IMMEDIATE"));
  commit_.emplace(prepare("COMMIT"));
}

void SqliteFile::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(database_, sql);
}

std::int64_t SqliteFile::number(const char* sql) {
  SqliteStatement statement(database_, sql);
  return statement.step() ? statement.number(0) : 0;
}

std::string SqliteFile::text(const char* sql) {
  SqliteStatement statement(database_, sql);
  return statement.step() ? std::string(statement.bytes(0)) : std::string();
}

void SqliteFile::roll_back() noexcept {
  if (sqlite3_get_autocommit(database_) == 0) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace server::store
