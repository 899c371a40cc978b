// TxnBatch: transactions that the embedded store commits together, each with a revision of its own, seen by
// the later ones of the batch and by nobody else until they are in the file.
//
// Changes nothing that it was made of: a batch that cannot be written is thrown away. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/change_history.hpp"
#include "store/key_space.hpp"
#include "store/lease_table.hpp"
#include "store/store_txn.hpp"

namespace server::store {

// A change as the file has it. Every Item of the embedded store is one.
struct Row : KeyValue {
  std::int64_t place = 0;

  static const Row& of(const Item& item) { return static_cast<const Row&>(*item); }
};

// A lease as the file has it. One that is revived has had its whole ttl once because of a restart: its
// deadline (nanoseconds of the machine's steady clock) is that of the first one, in that life of the machine.
struct LeaseRow {
  LeaseId id = 0;
  std::chrono::milliseconds ttl{0};
  bool revived = false;
  std::int64_t deadline = 0;
  std::uint64_t boot = 0;
};

class TxnBatch {
 public:
  struct Base {
    const KeySpace& keys;
    const ChangeHistory& history;
    const LeaseTable& leases;
    Revision revision;
    std::int64_t next_place;
    std::size_t max_bytes;  // of live keys (KeyValue::cost())
  };
  explicit TxnBatch(const Base& base);

  // Throws Fault::refused, having changed nothing: no such lease, no room.
  TxnAnswer txn(const Txn& txn);

  bool has_lease(LeaseId id) const;
  void grant(LeaseId id, std::chrono::milliseconds ttl);
  // Deletes the keys of a lease that exists in one revision, and the lease.
  void drop(LeaseId id);
  // Its owner is heard of again, after a restart.
  void note_alive(LeaseId id, std::chrono::milliseconds ttl);
  // Forgets history beyond the limits. Last.
  void compact(const HistoryLimits& limits);

  bool is_empty() const { return events_.empty() && lease_rows_.empty() && dropped_.empty(); }
  Revision revision() const { return revision_; }
  Revision compacted() const { return compacted_; }
  std::int64_t next_place() const { return next_place_; }
  const std::vector<Item>& events() const { return events_; }
  // In the file, and of no use any more.
  const std::vector<Item>& obsolete() const { return obsolete_; }
  const std::vector<LeaseRow>& lease_rows() const { return lease_rows_; }
  const std::map<LeaseId, std::chrono::milliseconds>& granted() const { return granted_; }
  const std::vector<LeaseId>& dropped() const { return dropped_; }

 private:
  Item find(std::string_view key) const;
  std::vector<Item> find(const KeyRange& range, std::size_t limit) const;
  bool hold(const std::vector<Compare>& compares) const;
  void check_room(const std::vector<Operation>& branch) const;
  OperationAnswer apply(const Operation& operation, Revision revision);
  OperationAnswer put(const PutOp& put, Revision revision);
  OperationAnswer erase(const KeyRange& range, Revision revision);
  void erase(const Item& item, Revision revision);
  void change(Row row);

  const Base base_;
  std::map<std::string, Item, std::less<>> changed_;  // with the deleted ones
  std::vector<Item> events_;
  std::vector<Item> obsolete_;
  std::vector<LeaseRow> lease_rows_;
  std::map<LeaseId, std::chrono::milliseconds> granted_;
  std::vector<LeaseId> dropped_;
  Revision revision_;
  Revision compacted_;
  std::int64_t next_place_;
  std::size_t bytes_;
};

}  // namespace server::store
