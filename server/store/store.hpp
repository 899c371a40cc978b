// Store: ordered keys with one revision, which counts from 1 with every transaction that changes something.
//
// What the servers of a cluster share is in one of these, whichever engine it has: the embedded one
// (SqliteStore), or etcd. The same tests hold for both. docs/store.md has the promises and the limits.
//
// Any loop may call; a coroutine goes on where it was. Every wait ends with its deadline, then with
// Fault::unavailable. What fails throws StoreError, with one of four faults, and agent::Error cancelled when
// the coroutine is cancelled. A write that ends so may have happened or may happen yet: write by conditions,
// so that doing it again does no harm. The store is closed before any loop that it was called on is
// destroyed.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "store/key_value.hpp"
#include "store/store_error.hpp"
#include "store/store_metrics.hpp"
#include "store/store_txn.hpp"
#include "store/store_watch.hpp"

namespace server::store {

// How long a caller waits for a store who has no reason to wait longer or less.
inline constexpr std::chrono::seconds kPatience{3};
// A lease's time to live. etcd's least one is 2 s, to which it raises what is less.
inline constexpr std::chrono::seconds kLeastTtl{1};
inline constexpr std::chrono::hours kMostTtl{24 * 30};

struct LeaseState {
  Revision revision = 0;
  LeaseId id = 0;
  std::chrono::milliseconds ttl{0};   // as granted: what was asked for, or more
  std::chrono::milliseconds left{0};  // until it expires
  std::vector<std::string> keys;      // what is put with it; of Store::lease() only
};

class Store {
 public:
  virtual ~Store() = default;

  // The keys of a range, at most `limit` of them (0 = all). No answer is older than what anybody was told
  // before it was asked for.
  virtual agent::Task<Snapshot> get(KeyRange range, std::size_t limit, Time deadline) = 0;

  // A failed condition is no error: see TxnAnswer::succeeded.
  virtual agent::Task<TxnAnswer> txn(Txn txn, Time deadline) = 0;

  // Throws Fault::refused for a range that check() refuses, a revision that the store does not have yet, and
  // beyond the limits of watches.
  virtual std::unique_ptr<Watch> watch(WatchOrder order) = 0;
  virtual std::unique_ptr<View> view(KeyRange range) = 0;

  // ---- leases: keys that go away, all in one revision, unless their owner says again and again that it
  // lives

  // `id` 0: the store chooses one. Throws Fault::refused for a ttl beyond the limits and for an id that
  // exists.
  virtual agent::Task<LeaseState> grant(std::chrono::milliseconds ttl, LeaseId id, Time deadline) = 0;
  // The lease has its whole ttl again. Nothing: it is gone, with its keys.
  virtual agent::Task<std::optional<LeaseState>> keep_alive(LeaseId id, Time deadline) = 0;
  // Deletes it with its keys. False: it was gone.
  virtual agent::Task<bool> revoke(LeaseId id, Time deadline) = 0;
  virtual agent::Task<std::optional<LeaseState>> lease(LeaseId id, Time deadline) = 0;

  // The newest revision that this server has heard of.
  virtual Revision revision() const = 0;
  // Changes when the store is another one, or an older state of it was restored: list again.
  virtual std::string id() const = 0;
  // Any thread.
  virtual StoreFigures figures() const = 0;
  // What is asked for later is unavailable. Blocks.
  virtual void close() = 0;
};

// A transaction whose conditions must hold: throws Fault::compare_failed if they do not.
agent::Task<TxnAnswer> commit(Store& store, Txn txn, Time deadline);

// Throws Fault::refused.
void check_ttl(std::chrono::milliseconds ttl);

}  // namespace server::store
