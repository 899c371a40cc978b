#include "store/record_store.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"

namespace server {
namespace {

// Somebody who looks into the file with a tool of theirs must not fail our writes.
constexpr int kBusyMs = 5000;
// Bytes of the ring that one transaction takes at most, about: they are in memory meanwhile.
constexpr std::size_t kBatch = 256 * 1024;

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
    open(survives);
  } catch (const agent::Error& error) {
    finalize();
    throw error.within(path);
  }
  thread_ = std::thread([this] { run(); });
}

void RecordStore::open(Survives survives) {
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
  if (survives == Survives::process) open_ring();
}

// The database says how far it has what is in the ring. It must say so before anything is put into a ring
// that was made anew.
void RecordStore::open_ring() {
  try {
    ring_ = std::make_unique<RecordRing>(path_ + "-ring");
  } catch (const agent::Error& error) {
    agent::log::warn("{}: each record waits for a transaction of its own: {}", path_, error.what());
    return;
  }
  if (!ring_->fault().empty()) agent::log::error("{}", ring_->fault());
  execute("CREATE TABLE IF NOT EXISTS ring (number INTEGER PRIMARY KEY, moved INTEGER)");
  move_ = prepare("INSERT OR REPLACE INTO ring VALUES (0, ?)");
  const std::int64_t moved = moved_to();
  ring_->skip_to(static_cast<RingFile::Position>(moved));
  const bool is_known = ring_->is_empty() && moved == static_cast<std::int64_t>(ring_->taken());
  takes_ring_ = is_known || (move(ring_->next(kBatch)) && move_ring());
}

std::int64_t RecordStore::moved_to() {
  sqlite3_stmt* moved = prepare("SELECT moved FROM ring");
  const std::int64_t position = sqlite3_step(moved) == SQLITE_ROW ? sqlite3_column_int64(moved, 0) : -1;
  sqlite3_finalize(moved);
  return std::max<std::int64_t>(position, 0);
}

void RecordStore::close() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    takes_ring_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

RecordStore::~RecordStore() {
  close();
  finalize();
}

void RecordStore::finalize() {
  for (sqlite3_stmt* statement : {begin_, commit_, rollback_, save_, remove_, move_})
    sqlite3_finalize(statement);
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

std::vector<RecordStore::Row> RecordStore::select() {
  sqlite3_stmt* all = prepare("SELECT id, expires, text FROM records ORDER BY id");
  std::vector<Row> rows;
  while (sqlite3_step(all) == SQLITE_ROW)
    rows.push_back({column(all, 0), sqlite3_column_int64(all, 1), column(all, 2)});
  sqlite3_finalize(all);
  return rows;
}

// The ring has something only if the database did not take what an earlier process had left.
std::vector<RecordStore::Row> RecordStore::load() {
  std::lock_guard lock(moving_);
  std::vector<Row> rows = select();
  if (!ring_ || ring_->is_empty()) return rows;
  std::map<std::string, Row> by_id;
  for (Row& row : rows) by_id[row.id] = std::move(row);
  for (RecordWrite& write : ring_->next(RecordRing::kCapacity).writes) {
    by_id.erase(write.row.id);
    if (!write.is_removal) by_id[write.row.id] = std::move(write.row);
  }
  rows.clear();
  for (auto& [id, row] : by_id) rows.push_back(std::move(row));
  return rows;
}

// ------------------------------------------------------------------------------------------- any thread

void RecordStore::save(Row row, Done done) {
  add({.row = std::move(row), .is_removal = false}, std::move(done));
}

void RecordStore::remove(std::string id, Done done) {
  RecordWrite write;
  write.row.id = std::move(id);
  write.is_removal = true;
  add(std::move(write), std::move(done));
}

void RecordStore::add(RecordWrite write, Done done) {
  if (takes_ring_ && put(write)) {
    if (done) done(true);
    return;
  }
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  takes_ring_ = false;  // what follows must not overtake it
  waiting_.push_back({std::move(write), std::move(done)});
  if (waiting_.size() == 1) wake_.notify_one();
}

bool RecordStore::put(const RecordWrite& write) {
  if (!ring_->put(write)) return false;
  if (is_asleep_ || (ring_->is_half_full() && !is_hurried_.exchange(true))) wake();
  return true;
}

void RecordStore::wake() {
  {
    std::lock_guard lock(mutex_);
    is_asleep_ = false;
  }
  wake_.notify_one();
}

// ------------------------------------------------------------------------------------------- the thread

void RecordStore::run() {
  bool has_failed = false;
  std::unique_lock lock(mutex_);
  for (bool is_over = false; !is_over;) {
    rest(lock, has_failed);
    is_over = stopping_;
    const std::vector<Waiting> waiting = std::exchange(waiting_, {});
    lock.unlock();
    const bool ok = write(waiting);
    for (const Waiting& one : waiting)
      if (one.done) one.done(ok);
    lock.lock();
    has_failed = !ok;
    // A ring that does not empty would say "saved" of what has no place.
    if (has_failed) takes_ring_ = false;
    if (ok && waiting_.empty() && !stopping_) takes_ring_ = ring_ != nullptr;
  }
}

// Until there is something to write.
void RecordStore::rest(std::unique_lock<std::mutex>& lock, bool has_failed) {
  const auto is_asked = [this] { return stopping_ || !waiting_.empty(); };
  if (has_failed && ring_) {
    wake_.wait_for(lock, kRetry, is_asked);
    return;
  }
  is_asleep_ = true;
  if (ring_ && !ring_->is_empty()) is_asleep_ = false;  // it came just now
  wake_.wait(lock, [&] { return !is_asleep_ || is_asked(); });
  is_asleep_ = false;
  wake_.wait_for(lock, kGather, [&] { return is_asked() || is_hurried_; });
  is_hurried_ = false;
}

// What is in the ring was asked for before.
bool RecordStore::write(const std::vector<Waiting>& waiting) {
  if (ring_ && !move_ring()) return false;
  if (waiting.empty()) return true;
  return commit([&] {
    for (const Waiting& one : waiting) apply(one.write);
  });
}

// Everything that is in it now.
bool RecordStore::move_ring() {
  std::lock_guard lock(moving_);
  const RingFile::Position end = ring_->end();
  while (ring_->taken() < end) {
    const RecordRing::Batch batch = ring_->next(kBatch);
    if (batch.end == ring_->taken()) {  // another thread is just putting it
      std::this_thread::yield();
    } else if (!move(batch)) {
      return false;
    }
  }
  return true;
}

bool RecordStore::move(const RecordRing::Batch& batch) {
  const bool ok = commit([&] {
    for (const RecordWrite& write : batch.writes) apply(write);
    sqlite3_bind_int64(move_, 1, static_cast<std::int64_t>(batch.end));
    step(move_, "save how far the ring was read");
  });
  if (ok) ring_->take(batch);
  return ok;
}

bool RecordStore::commit(const std::function<void()>& apply_all) {
  try {
    step(begin_, "begin a transaction");
    apply_all();
    step(commit_, "commit");
    last_fault_.clear();
    return true;
  } catch (const agent::Error& error) {
    const std::string before = std::exchange(last_fault_, error.what());
    if (before != last_fault_) agent::log::error("{}: {}", path_, last_fault_);
    // There may be no transaction, if it did not begin or SQLite has ended it.
    if (sqlite3_get_autocommit(database_) == 0) sqlite3_step(rollback_);
    sqlite3_reset(rollback_);
    return false;
  }
}

void RecordStore::apply(const RecordWrite& write) {
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
