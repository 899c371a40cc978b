// EtcdClient: calls of etcd's gateway: a few connections that are kept, members in turn, a token.
//
// A connection is used only once its member has said that it belongs to the one cluster. Members that have no
// leader refuse at once ("Hasleader"). Belongs to its loop, which outlives it; close() before its end.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/json_value.hpp"
#include "agent/task.hpp"
#include "base/event.hpp"
#include "net/http_requester.hpp"
#include "store/etcd_endpoints.hpp"
#include "store/etcd_error.hpp"
#include "store/etcd_messages.hpp"
#include "store/etcd_options.hpp"
#include "store/store_watch.hpp"

namespace server::store {

class EtcdClient {
 public:
  // At the same time; further calls wait for them. etcd does what comes meanwhile together.
  static constexpr std::size_t kConnections = 4;
  static constexpr std::size_t kWaitingCalls = 10'000;
  static constexpr std::size_t kMostAnswer = std::size_t{512} << 20;

  enum class Repeat { always, if_undone };
  struct Answer {
    agent::json::Document document;
  };

  EtcdClient(agent::net::Loop& loop, const EtcdOptions& options);

  // A call and its answer, which is no error. What may be repeated is, by other members, until `deadline`.
  // Throws EtcdError, and StoreError: unavailable, or refused when every member is of another cluster.
  agent::Task<Answer> call(const char* path, std::string body, Repeat repeat, Time deadline);

  // ---- for a connection of one's own

  // "" without a user. Throws as call().
  agent::Task<std::string> token(Time deadline);
  void forget_token() { token_.clear(); }
  agent::net::DialOptions dial_options(const std::string& endpoint) const;
  EtcdEndpoints& endpoints() { return endpoints_; }
  // Throws Fault::refused for an answer of another cluster than the first one.
  void check_cluster(const EtcdHeader& header, const std::string& endpoint);
  std::uint64_t cluster() const { return cluster_; }

  // Connections that wait may be dead: their member has just ended another one.
  void drop_idle() { idle_.clear(); }
  // Calls end as unavailable.
  void close();
  bool is_closed() const { return is_closed_; }

 private:
  struct Connection {
    Connection(agent::net::Loop& loop, agent::net::DialOptions dial, std::string name)
        : requester(loop, std::move(dial)), endpoint(std::move(name)) {}
    agent::net::HttpRequester requester;
    std::string endpoint;
    bool is_checked = false;
  };
  using Lease = std::shared_ptr<Connection>;
  struct Attempt {
    std::optional<agent::json::Document> document;
    std::exception_ptr failure;  // a StoreError
    Fault fault = Fault::unavailable;
    std::string endpoint;
    bool is_undone = true;
    bool is_about_token = false;
    bool is_foreign = false;
  };
  class Cutoff;

  agent::Task<Attempt> attempt(const char* path, std::string body, Time limit, Time deadline);
  bool may_go_on(const Attempt& failed, Repeat repeat, std::size_t attempts) const;
  agent::Task<Lease> take(Time deadline);
  Lease lease();
  void give_back(std::unique_ptr<Connection> connection);
  agent::Task<> prepare(Lease lease, Time limit);
  agent::Task<agent::json::Document> exchange(Lease lease, const char* path, std::string body, Time limit,
                                              Time deadline);

  agent::net::Loop& loop_;
  const EtcdOptions& options_;
  EtcdEndpoints endpoints_;
  std::string token_;
  std::uint64_t cluster_ = 0;
  std::size_t used_ = 0;
  std::size_t waiting_ = 0;
  bool is_closed_ = false;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::vector<Connection*> busy_;
  agent::Event freed_;
};

}  // namespace server::store
