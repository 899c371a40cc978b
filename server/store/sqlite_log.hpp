// SqliteLog: what the embedded store keeps in its file: every change that is history or live, the leases, and
// one row about the store itself.
//
// A change is written once, when it happens, and removed once, when neither history nor live: the file grows
// with what there is, not with what there was. One thread at a time; what fails throws Errc::io.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/sqlite_file.hpp"
#include "store/store_copy.hpp"
#include "store/txn_batch.hpp"
#include "store/watch_hub.hpp"

namespace server::store {

// The format that this program writes. Older ones it would take over, newer ones it refuses.
inline constexpr std::int64_t kFormat = 1;
// How far the revision of a store that is another one than it was (restored, or after a power cut that may
// have cost writes that were seen) is beyond every revision that it can have had.
inline constexpr Revision kRevisionGap = 1'000'000'000;

class SqliteLog {
 public:
  // `boot`: of this life of the machine, 0 = not known.
  SqliteLog(SqliteFile& file, Sync sync, std::uint64_t boot);
  ~SqliteLog();

  struct Content {
    WatchHub::Start start;
    std::vector<LeaseRow> leases;
    std::int64_t next_place = 1;
  };
  // Everything, checked. Makes what a new file lacks. Throws when the file is damaged or of a newer format.
  Content load();
  // False: what was loaded may lack writes that somebody has seen, because the machine went down.
  bool is_whole() const;
  // The store is another one from now on: a new id, a revision beyond all that it can have had, no history.
  void begin_anew(Content& content);
  // A new store gets what a copy has, at `revision`, which no part of the copy is beyond; without history.
  void fill(const StoreCopy& copy, Revision revision);
  // The store is open until close(); these leases are as they are now.
  void open(const std::vector<LeaseRow>& leases);

  // All or nothing.
  void write(const TxnBatch& batch);
  // Gives disk space back that is not used, a little each time. False: there was nothing to do.
  bool shrink();
  // The last one: everything is in the file itself then.
  void close();

  const std::string& id() const { return state_.id; }

 private:
  struct State {
    std::string id;
    Revision revision = 1;
    Revision compacted = 0;
    std::uint64_t sum = 0;  // of all rows, each xored in
    bool is_closed = true;
    bool is_synced = true;
    std::uint64_t boot = 0;
  };
  static std::uint64_t sum_of(const State& state);

  void make_tables();
  void check_format();
  void load_state();
  std::uint64_t load_changes(Content& content);
  std::uint64_t load_leases(Content& content);
  void save(const State& state);
  void insert(const Row& row, State& state);
  void erase(const Row& row, State& state);
  void save(const LeaseRow& lease, State& state);
  void erase(LeaseId id, State& state);
  void set_lease_sum(LeaseId id, std::uint64_t sum, State& state);
  void restore_lease_sums();
  template <class Change>
  void transact(Change change);

  SqliteFile& file_;
  const Sync sync_;
  const std::uint64_t boot_;
  State state_;
  std::unordered_map<LeaseId, std::uint64_t> lease_sums_;
  // What they were before the transaction that is under way; 0: not there.
  std::vector<std::pair<LeaseId, std::uint64_t>> former_lease_sums_;
  // Made once there are tables: SQLite takes longer to read a statement than to do it.
  struct Statements;
  std::unique_ptr<Statements> statements_;
};

}  // namespace server::store
