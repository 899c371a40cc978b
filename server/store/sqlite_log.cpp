#include "store/sqlite_log.hpp"

#include <algorithm>
#include <utility>

#include "agent/error.hpp"
#include "base/digest.hpp"
#include "store/row_sum.hpp"

namespace server::store {
namespace {

constexpr const char* kTables =
    "CREATE TABLE IF NOT EXISTS store_state (one INTEGER PRIMARY KEY, format INTEGER, id BLOB, "
    "revision INTEGER, compacted INTEGER, sum INTEGER, closed INTEGER, synced INTEGER, boot INTEGER, "
    "own_sum INTEGER);"
    "CREATE TABLE IF NOT EXISTS store_changes (place INTEGER PRIMARY KEY, revision INTEGER, version INTEGER, "
    "created INTEGER, lease INTEGER, key BLOB, value BLOB);"
    "CREATE TABLE IF NOT EXISTS store_leases (id INTEGER PRIMARY KEY, ttl INTEGER, revived INTEGER, "
    "deadline INTEGER, boot INTEGER);";

// Pages are given back, 1 MiB at once, when so many are free and this share of all.
constexpr std::int64_t kLeastFree = 32;
constexpr std::int64_t kFreeShare = 8;

[[noreturn]] void fail_damaged(const std::string& what) {
  throw agent::Error(agent::Errc::io, "damaged: " + what + "; restore a backup, or move the file away");
}

std::uint64_t sum_of(const Row& row) {
  return RowSum()
      .add(row.place)
      .add(row.modified)
      .add(row.version)
      .add(row.created)
      .add(row.lease)
      .add(row.key)
      .add(row.value)
      .value();
}

std::uint64_t sum_of(const LeaseRow& row) {
  return RowSum()
      .add(row.id)
      .add(std::int64_t{row.ttl.count()})
      .add(std::int64_t{row.revived})
      .add(row.deadline)
      .add(row.boot)
      .value();
}

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

struct SqliteLog::Statements {
  explicit Statements(SqliteFile& file)
      : save_state(file.prepare("INSERT OR REPLACE INTO store_state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)")),
        insert(file.prepare("INSERT INTO store_changes VALUES (?, ?, ?, ?, ?, ?, ?)")),
        erase(file.prepare("DELETE FROM store_changes WHERE place = ?")),
        save_lease(file.prepare("INSERT OR REPLACE INTO store_leases VALUES (?, ?, ?, ?, ?)")),
        erase_lease(file.prepare("DELETE FROM store_leases WHERE id = ?")) {}

  SqliteStatement save_state;
  SqliteStatement insert;
  SqliteStatement erase;
  SqliteStatement save_lease;
  SqliteStatement erase_lease;
};

SqliteLog::SqliteLog(SqliteFile& file, Sync sync, std::uint64_t boot)
    : file_(file), sync_(sync), boot_(boot) {}

SqliteLog::~SqliteLog() = default;

std::uint64_t SqliteLog::sum_of(const State& state) {
  return RowSum()
      .add(state.id)
      .add(state.revision)
      .add(state.compacted)
      .add(state.sum)
      .add(std::int64_t{state.is_closed})
      .add(std::int64_t{state.is_synced})
      .add(state.boot)
      .value();
}

// ------------------------------------------------------------------------------------------- what is there

SqliteLog::Content SqliteLog::load() {
  Content content;
  const std::string verdict = file_.text("PRAGMA quick_check(1)");
  if (verdict != "ok") fail_damaged(verdict);
  make_tables();
  load_state();
  content.start.revision = state_.revision;
  content.start.history = ChangeHistory(state_.compacted);
  const std::uint64_t changes = load_changes(content);
  const std::uint64_t leases = load_leases(content);
  if ((changes ^ leases) != state_.sum) fail_damaged("its rows are not what was written");
  return content;
}

void SqliteLog::make_tables() {
  if (file_.number("SELECT count(*) FROM sqlite_master WHERE name = 'store_state'") != 0) {
    check_format();
    statements_ = std::make_unique<Statements>(file_);
    return;
  }
  if (file_.number("SELECT count(*) FROM sqlite_master WHERE name LIKE 'store\\_%' ESCAPE '\\'") != 0)
    fail_damaged("it has no table store_state");
  state_.id = agent::random_hex(kIdBytes);
  try {
    file_.begin();
    file_.execute(kTables);
    statements_ = std::make_unique<Statements>(file_);
    save(state_);
    file_.commit();
  } catch (...) {
    statements_.reset();
    file_.roll_back();
    throw;
  }
}

// First: a newer format may have other columns.
void SqliteLog::check_format() {
  const std::int64_t format = file_.number("SELECT format FROM store_state");
  if (format > kFormat)
    throw agent::Error(agent::Errc::io, "format " + std::to_string(format) +
                                            ": written by a newer agent-server, this one knows " +
                                            std::to_string(kFormat) + ": run that one");
  if (format != kFormat) fail_damaged("format " + std::to_string(format));
}

void SqliteLog::load_state() {
  SqliteStatement row = file_.prepare(
      "SELECT id, revision, compacted, sum, closed, synced, boot, own_sum FROM store_state WHERE one = 1");
  if (!row.step()) fail_damaged("its row of state is missing");
  state_.id = row.bytes(0);
  state_.revision = row.number(1);
  state_.compacted = row.number(2);
  state_.sum = as_unsigned(row.number(3));
  state_.is_closed = row.number(4) != 0;
  state_.is_synced = row.number(5) != 0;
  state_.boot = as_unsigned(row.number(6));
  if (as_unsigned(row.number(7)) != sum_of(state_)) fail_damaged("its row of state is not what was written");
}

std::uint64_t SqliteLog::load_changes(Content& content) {
  SqliteStatement all = file_.prepare(
      "SELECT place, revision, version, created, lease, key, value FROM store_changes ORDER BY place");
  std::uint64_t sum = 0;
  while (all.step()) {
    Row row;
    row.place = all.number(0);
    row.modified = all.number(1);
    row.version = all.number(2);
    row.created = all.number(3);
    row.lease = all.number(4);
    row.key = all.bytes(5);
    row.value = all.bytes(6);
    sum ^= store::sum_of(row);
    content.next_place = row.place + 1;
    const Item item = std::make_shared<const Row>(std::move(row));
    content.start.keys.apply(item);
    if (item->modified > state_.compacted) content.start.history.add(item);
  }
  return sum;
}

std::uint64_t SqliteLog::load_leases(Content& content) {
  SqliteStatement all = file_.prepare("SELECT id, ttl, revived, deadline, boot FROM store_leases");
  std::uint64_t sum = 0;
  while (all.step()) {
    LeaseRow row;
    row.id = all.number(0);
    row.ttl = std::chrono::milliseconds(all.number(1));
    row.revived = all.number(2) != 0;
    row.deadline = all.number(3);
    row.boot = as_unsigned(all.number(4));
    lease_sums_[row.id] = store::sum_of(row);
    sum ^= store::sum_of(row);
    content.leases.push_back(row);
  }
  return sum;
}

bool SqliteLog::is_whole() const {
  return state_.is_closed || state_.is_synced || (boot_ != 0 && state_.boot == boot_);
}

// ------------------------------------------------------------------------------------------- what changes

template <class Change>
void SqliteLog::transact(Change change) {
  State next = state_;
  former_lease_sums_.clear();
  try {
    file_.begin();
    change(next);
    save(next);
    file_.commit();
  } catch (...) {
    file_.roll_back();
    restore_lease_sums();
    throw;
  }
  state_ = std::move(next);
}

void SqliteLog::begin_anew(Content& content) {
  WatchHub::Start& start = content.start;
  const Revision revision = std::max(start.revision, state_.revision) + kRevisionGap;
  transact([&](State& next) {
    start.history.visit(0, [&](const Item& event) {
      if (event->is_deleted() || start.keys.find(event->key) != event) erase(Row::of(event), next);
      return true;
    });
    next.id = agent::random_hex(kIdBytes);
    next.revision = revision;
    next.compacted = revision;
  });
  start.revision = revision;
  start.history = ChangeHistory(revision);
}

void SqliteLog::fill(const StoreCopy& copy, Revision revision) {
  transact([&](State& next) {
    std::int64_t place = 0;
    for (const Item& item : copy.items) {
      Row row;
      static_cast<KeyValue&>(row) = *item;
      row.place = ++place;
      insert(row, next);
    }
    for (const auto& [id, ttl] : copy.leases) save(LeaseRow{.id = id, .ttl = ttl}, next);
    next.revision = revision;
    next.compacted = revision;
  });
}

void SqliteLog::open(const std::vector<LeaseRow>& leases) {
  transact([&](State& next) {
    for (const LeaseRow& lease : leases) save(lease, next);
    next.is_closed = false;
    next.is_synced = sync_ == Sync::full;
    next.boot = boot_;
  });
  // On the disk whatever `sync` is: a power cut must not bring back a file that says it was closed well.
  file_.execute("PRAGMA wal_checkpoint(FULL)");
}

void SqliteLog::write(const TxnBatch& batch) {
  transact([&](State& next) {
    for (const Item& event : batch.events()) insert(Row::of(event), next);
    for (const Item& item : batch.obsolete()) erase(Row::of(item), next);
    for (const LeaseRow& lease : batch.lease_rows()) save(lease, next);
    for (const LeaseId id : batch.dropped()) erase(id, next);
    next.revision = batch.revision();
    next.compacted = batch.compacted();
  });
}

bool SqliteLog::shrink() {
  const std::int64_t unused = file_.number("PRAGMA freelist_count");
  if (unused < kLeastFree || unused < file_.number("PRAGMA page_count") / kFreeShare) return false;
  file_.execute("PRAGMA incremental_vacuum(256)");
  return true;
}

void SqliteLog::close() {
  transact([](State& next) { next.is_closed = true; });
  file_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

// ---------------------------------------------------------------------------------------------- single rows

void SqliteLog::save(const State& state) {
  statements_->save_state.bind(1, kFormat)
      .bind(2, std::string_view(state.id))
      .bind(3, state.revision)
      .bind(4, state.compacted)
      .bind(5, as_signed(state.sum))
      .bind(6, std::int64_t{state.is_closed})
      .bind(7, std::int64_t{state.is_synced})
      .bind(8, as_signed(state.boot))
      .bind(9, as_signed(sum_of(state)))
      .run();
}

void SqliteLog::insert(const Row& row, State& state) {
  statements_->insert.bind(1, row.place)
      .bind(2, row.modified)
      .bind(3, row.version)
      .bind(4, row.created)
      .bind(5, row.lease)
      .bind(6, std::string_view(row.key))
      .bind(7, std::string_view(row.value))
      .run();
  state.sum ^= store::sum_of(row);
}

void SqliteLog::erase(const Row& row, State& state) {
  statements_->erase.bind(1, row.place).run();
  state.sum ^= store::sum_of(row);
}

void SqliteLog::save(const LeaseRow& lease, State& state) {
  statements_->save_lease.bind(1, lease.id)
      .bind(2, std::int64_t{lease.ttl.count()})
      .bind(3, std::int64_t{lease.revived})
      .bind(4, lease.deadline)
      .bind(5, as_signed(lease.boot))
      .run();
  set_lease_sum(lease.id, store::sum_of(lease), state);
}

void SqliteLog::erase(LeaseId id, State& state) {
  if (!lease_sums_.contains(id)) return;
  statements_->erase_lease.bind(1, id).run();
  set_lease_sum(id, 0, state);
}

void SqliteLog::set_lease_sum(LeaseId id, std::uint64_t sum, State& state) {
  const auto found = lease_sums_.find(id);
  const std::uint64_t before = found == lease_sums_.end() ? 0 : found->second;
  former_lease_sums_.emplace_back(id, before);
  state.sum ^= before ^ sum;
  if (sum != 0) {
    lease_sums_[id] = sum;
  } else {
    lease_sums_.erase(id);
  }
}

void SqliteLog::restore_lease_sums() {
  for (auto former = former_lease_sums_.rbegin(); former != former_lease_sums_.rend(); ++former) {
    if (former->second != 0) {
      lease_sums_[former->first] = former->second;
    } else {
      lease_sums_.erase(former->first);
    }
  }
}

}  // namespace server::store
