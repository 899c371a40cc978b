// EtcdCalls: what a store is asked for, as calls of etcd. Belongs to the client's loop.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "agent/task.hpp"
#include "store/etcd_client.hpp"
#include "store/etcd_upstream.hpp"
#include "store/store.hpp"

namespace server::store {

class EtcdCalls {
 public:
  EtcdCalls(EtcdClient& client, EtcdUpstream& upstream, const EtcdOptions& options)
      : client_(client), upstream_(upstream), keys_(options.keys()) {}

  // As those of Store, with what was asked for checked.
  agent::Task<Snapshot> get(KeyRange range, std::size_t limit, Time deadline);
  agent::Task<TxnAnswer> txn(Txn txn, Time deadline);
  agent::Task<LeaseState> grant(std::chrono::milliseconds ttl, LeaseId id, Time deadline);
  agent::Task<std::optional<LeaseState>> keep_alive(LeaseId id, Time deadline);
  agent::Task<bool> revoke(LeaseId id, Time deadline);
  agent::Task<std::optional<LeaseState>> lease(LeaseId id, Time deadline);

 private:
  agent::Task<EtcdLease> lease_call(const char* path, std::string body, EtcdClient::Repeat repeat,
                                    Time deadline);
  agent::Task<> reach(std::vector<Item> items, Time deadline);

  EtcdClient& client_;
  EtcdUpstream& upstream_;
  const EtcdKeys keys_;
};

}  // namespace server::store
