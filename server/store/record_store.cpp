#include "store/record_store.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"

namespace server {
namespace {

// Somebody who looks into the file with a tool of theirs must not fail our writes.
constexpr int kBusyMs = 5000;

[[noreturn]] void fail(sqlite3* database, const std::string& what) {
  throw agent::Error(agent::Errc::io, what + ": " + sqlite3_errmsg(database));
}

void bind(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

std::string column(sqlite3_stmt* statement, int index) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, index))};
}

}  // namespace

RecordStore::RecordStore(const std::string& path, Survives survives) : path_(path) {
  const mode_t before = ::umask(0077);
  const int opened = sqlite3_open(path.c_str(), &database_);
  ::umask(before);
  try {
    if (opened != SQLITE_OK) fail(database_, "open " + path);
    sqlite3_busy_timeout(database_, kBusyMs);
    execute("PRAGMA journal_mode = WAL");
    execute(survives == Survives::machine ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    execute(
        "CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, expires INTEGER, text TEXT) WITHOUT ROWID");
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
    rollback_ = prepare("ROLLBACK");
    save_ = prepare("INSERT OR REPLACE INTO records VALUES (?, ?, ?)");
    remove_ = prepare("DELETE FROM records WHERE id = ?");
  } catch (const agent::Error& error) {
    finalize();
    throw error.within(path);
  }
  thread_ = std::thread([this] { run(); });
}

void RecordStore::close() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

RecordStore::~RecordStore() {
  close();
  finalize();
}

void RecordStore::finalize() {
  for (sqlite3_stmt* statement : {begin_, commit_, rollback_, save_, remove_}) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

void RecordStore::execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(database_, sql);
}

sqlite3_stmt* RecordStore::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) != SQLITE_OK) fail(database_, sql);
  return statement;
}

std::vector<RecordStore::Row> RecordStore::load() {
  sqlite3_stmt* all = prepare("SELECT id, expires, text FROM records ORDER BY id");
  std::vector<Row> rows;
  while (sqlite3_step(all) == SQLITE_ROW)
    rows.push_back({column(all, 0), sqlite3_column_int64(all, 1), column(all, 2)});
  sqlite3_finalize(all);
  return rows;
}

void RecordStore::save(Row row, Done done) {
  add({.row = std::move(row), .is_removal = false, .done = std::move(done)});
}

void RecordStore::remove(std::string id, Done done) {
  Write write;
  write.row.id = std::move(id);
  write.is_removal = true;
  write.done = std::move(done);
  add(std::move(write));
}

void RecordStore::add(Write write) {
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  waiting_.push_back(std::move(write));
  if (waiting_.size() == 1) wake_.notify_one();
}

void RecordStore::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::vector<Write> writes = std::exchange(waiting_, {});
    lock.unlock();
    const bool ok = commit(writes);
    for (const Write& write : writes)
      if (write.done) write.done(ok);
  }
}

bool RecordStore::commit(const std::vector<Write>& writes) {
  try {
    step(begin_, "begin a transaction");
    for (const Write& write : writes) apply(write);
    step(commit_, "commit");
    return true;
  } catch (const agent::Error& error) {
    agent::log::error("{}: {}", path_, error.what());
    // There may be no transaction, if it did not begin or SQLite has ended it.
    if (sqlite3_get_autocommit(database_) == 0) sqlite3_step(rollback_);
    sqlite3_reset(rollback_);
    return false;
  }
}

void RecordStore::apply(const Write& write) {
  sqlite3_stmt* statement = write.is_removal ? remove_ : save_;
  bind(statement, 1, write.row.id);
  if (!write.is_removal) {
    sqlite3_bind_int64(statement, 2, write.row.expires);
    bind(statement, 3, write.row.text);
  }
  step(statement, "save a record");
}

void RecordStore::step(sqlite3_stmt* statement, const char* what) {
  const int result = sqlite3_step(statement);
  sqlite3_reset(statement);
  if (result != SQLITE_DONE) fail(database_, what);
}

}  // namespace server
