// ViewServer: the views of a store, the embedded one or etcd, served on a free port of loopback. StoreSwitch:
// a store that is away when a test says so.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "tests/server/http_server.hpp"
#include "tests/server/raw_client.hpp"
#include "tests/server/store/store_rig.hpp"
#include "tests/server/views/cluster_tree.hpp"
#include "views/view_service.hpp"

namespace test {

class StoreSwitch : public server::store::Store {
 public:
  using Time = server::store::Time;

  explicit StoreSwitch(Store& store) : store_(store) {}

  agent::Task<server::store::Snapshot> get(server::store::KeyRange range, std::size_t limit,
                                           Time deadline) override {
    return store_.get(std::move(range), limit, deadline);
  }
  agent::Task<server::store::TxnAnswer> txn(server::store::Txn txn, Time deadline) override {
    return store_.txn(std::move(txn), deadline);
  }
  std::unique_ptr<server::store::Watch> watch(server::store::WatchOrder order) override {
    return store_.watch(std::move(order));
  }
  std::unique_ptr<server::store::View> view(server::store::KeyRange range) override {
    ++views_begun;
    return std::make_unique<View>(is_away, store_.view(std::move(range)));
  }
  agent::Task<server::store::LeaseState> grant(std::chrono::milliseconds ttl, server::store::LeaseId id,
                                               Time deadline) override {
    return store_.grant(ttl, id, deadline);
  }
  agent::Task<std::optional<server::store::LeaseState>> keep_alive(server::store::LeaseId id,
                                                                   Time deadline) override {
    return store_.keep_alive(id, deadline);
  }
  agent::Task<bool> revoke(server::store::LeaseId id, Time deadline) override {
    return store_.revoke(id, deadline);
  }
  agent::Task<std::optional<server::store::LeaseState>> lease(server::store::LeaseId id,
                                                              Time deadline) override {
    return store_.lease(id, deadline);
  }
  server::store::Revision revision() const override { return store_.revision(); }
  std::string id() const override { return store_.id(); }
  server::store::StoreFigures figures() const override { return store_.figures(); }
  void close() override { store_.close(); }

  std::atomic<bool> is_away{false};  // to views
  std::atomic<int> views_begun{0};

 private:
  class View : public server::store::View {
   public:
    View(const std::atomic<bool>& is_away, std::unique_ptr<server::store::View> view)
        : is_away_(is_away), view_(std::move(view)) {}
    agent::Task<std::optional<server::store::Snapshot>> next(Time deadline) override {
      check();
      if (kept_) co_return std::exchange(kept_, std::nullopt);
      kept_ = co_await view_->next(deadline);
      check();
      co_return std::exchange(kept_, std::nullopt);
    }

   private:
    void check() const {
      if (is_away_) throw server::store::StoreError(server::store::Fault::unavailable, "no quorum");
    }
    const std::atomic<bool>& is_away_;
    std::unique_ptr<server::store::View> view_;
    std::optional<server::store::Snapshot> kept_;  // that came while it is away
  };

  Store& store_;
};

struct ViewReply {
  int status = 0;
  std::string head;
  std::string body;
  // The value of a header, "" without it.
  std::string header(const std::string& name) const {
    const std::size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class ViewServer {
 public:
  // With the keys of lain, or with none; away: from the beginning. `write`: HttpTimeouts::write.
  explicit ViewServer(server::views::ViewOptions options = local(), bool is_away = false,
                      const StoreFactory& engine = store_factories().front(),
                      std::chrono::milliseconds write = server::HttpTimeouts().write)
      : rig_(engine.make()) {
    store_switch.is_away = is_away;
    const ClusterTree tree = ClusterTree::of_lain();
    for (const auto& [key, item] : tree.items()) put(key, item->value);
    service_ = std::make_unique<server::views::ViewService>(std::move(options), store_switch,
                                                            std::chrono::milliseconds(20));
    service_->add_routes(http_.router);
    service_->add_metrics(http_.metrics);
    http_.options.timeouts.tick = std::chrono::milliseconds(10);
    http_.options.timeouts.write = write;
    service_->start(http_.loops.front());
    port = http_.start();
    if (!is_away) wait_until("the first list", [&] { return service_->board().state() != nullptr; });
  }
  ~ViewServer() {
    http_.end();
    service_.reset();
    rig_.reset();  // closes the store
    http_.loops.clear();
  }

  static server::views::ViewOptions local() {
    server::views::ViewOptions options;
    options.ip = "192.168.77.21";
    options.host_name = "node1";
    options.version = "2.0.0";
    return options;
  }

  server::store::Revision put(std::string_view key, std::string_view value) {
    return test::put(rig_->store(), key, value);
  }
  server::store::Revision erase(std::string_view key) {
    return test::erase(rig_->store(), server::store::KeyRange::key(key));
  }
  // Until the views show this revision.
  void wait_for(server::store::Revision revision) {
    wait_until("the views show it", [&] { return service_->board().state()->revision() >= revision; });
  }

  ViewReply get(std::string_view target, std::string_view headers = {}) const {
    RawClient client(port);
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
                std::string(headers) + "\r\n");
    ViewReply reply;
    reply.head = client.read_until("\r\n\r\n");
    reply.body = client.read_all();
    if (reply.head.size() > 12) reply.status = std::stoi(reply.head.substr(9, 3));
    return reply;
  }

  void stop() { service_->stop(); }
  std::size_t connections() { return http_.listener().connections(); }
  // As /metrics shows them.
  std::string series() const { return http_.metrics.expose(); }
  server::views::ViewBoard& board() { return service_->board(); }

 private:
  std::unique_ptr<StoreRig> rig_;
  HttpServer http_;
  std::unique_ptr<server::views::ViewService> service_;

 public:
  StoreSwitch store_switch{rig_->store()};
  std::uint16_t port = 0;
};

// A watch of a client of HTTP/1.0, whose body is the events as they are.
class WatchClient {
 public:
  WatchClient(std::uint16_t port, std::string_view target, std::string_view headers = {}) : client_(port) {
    client_.send("GET " + std::string(target) + " HTTP/1.0\r\nHost: x\r\n" + std::string(headers) + "\r\n");
    head = client_.read_until("\r\n\r\n");
  }
  // The next event, with the blank line behind it; "" at the end.
  std::string event() { return client_.read_until("\n\n"); }
  RawClient& client() { return client_; }

 private:
  RawClient client_;

 public:
  std::string head;
};

inline constexpr std::string_view kDomain = "/v2/configwatcher?target=domain";

// As a stream has it.
inline std::string event(std::string_view id, std::string_view name, std::string_view data) {
  std::string out = "id: " + std::string(id) + "\nevent: " + std::string(name) + "\n";
  return out + "data: " + std::string(data) + "\n\n";
}

}  // namespace test
