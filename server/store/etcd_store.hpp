// EtcdStore: a store in an etcd (3.4 and later) that several servers share, by its JSON gateway.
//
// One thread talks to etcd. What is read is read there, linearizably; watches and views have the server's own
// copy, which one watch keeps up to date. A call whose answer is about a change returns once the copy has it.
//
// A lease's ttl is whole seconds, at least 2: what is asked for is raised.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "store/etcd_options.hpp"
#include "store/store.hpp"

namespace server::store {

class EtcdStore : public Store {
 public:
  // Waits for the first answer. Throws Errc::io when there is none in options.timing.start, or at once when
  // it cannot be: a newer format, an unknown user, endpoints of two clusters.
  explicit EtcdStore(EtcdOptions options);
  ~EtcdStore() override;  // close()

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
  // Keys and bytes are those of the server's own copy.
  StoreFigures figures() const override;

  // What is under way ends as unavailable, too.
  void close() override;

 private:
  // Throws Fault::refused with EtcdOptions::is_foreign.
  void check_writable() const;

  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace server::store
