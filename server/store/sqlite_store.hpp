// SqliteStore: the embedded store: every key in memory, every change in one SQLite file, one process.
//
// An answer to a write means that it survives this process (Sync::normal) or a power cut, too (Sync::full).
#pragma once

#include <memory>
#include <string>

#include "store/store.hpp"
#include "store/store_copy.hpp"
#include "store/store_metrics.hpp"
#include "store/store_place.hpp"
#include "store/store_writer.hpp"

namespace server::store {

struct SqliteStoreOptions {
  std::string path;
  Sync sync = Sync::normal;
  HistoryLimits history;
  // KeyValue::cost() of all live keys, roughly the memory that they take; puts beyond it are refused.
  std::size_t max_bytes = 256 * 1024 * 1024;

  // ---- for tests

  std::string vfs;  // of SQLite; set: the path is no file, and is not locked
  std::function<Time()> now = agent::Clock::now;
  std::uint64_t boot = 0;  // of this life of the machine; 0 = ask the system
  StorePlace::FileSystemType file_system_type = StorePlace::file_system_type;
};

class SqliteStore : public Store {
 public:
  // Opens or makes the file (0600), in a directory that there is. Throws Errc::io with the remedy: not
  // writable, damaged, of a newer format, another process's, or on a file system that will not do.
  explicit SqliteStore(const SqliteStoreOptions& options);
  ~SqliteStore() override;  // close()

  agent::Task<Snapshot> get(KeyRange range, std::size_t limit, Time deadline) override;
  agent::Task<TxnAnswer> txn(Txn txn, Time deadline) override;
  std::unique_ptr<Watch> watch(WatchOrder order) override;
  std::unique_ptr<View> view(KeyRange range) override;
  agent::Task<LeaseState> grant(std::chrono::milliseconds ttl, LeaseId id, Time deadline) override;
  agent::Task<std::optional<LeaseState>> keep_alive(LeaseId id, Time deadline) override;
  agent::Task<bool> revoke(LeaseId id, Time deadline) override;
  agent::Task<std::optional<LeaseState>> lease(LeaseId id, Time deadline) override;
  Revision revision() const override;
  std::string id() const override;
  StoreFigures figures() const override;
  // Everything that is in the file now. Throws as get().
  agent::Task<StoreCopy> copy(Time deadline);

  // Does what was asked for and closes the file.
  void close() override;
  // Returns when leases that are due by the clock have expired and unused disk space is given back. Blocks;
  // for tests.
  void settle();

 private:
  std::unique_ptr<StorePlace> place_;  // last to go
  std::shared_ptr<StoreWriter> writer_;
};

}  // namespace server::store
