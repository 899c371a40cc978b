// ConnectionTable: the HTTP connections of one loop, and the watch over them.
//
// Belongs to its loop; size() may be asked from any thread. One tick looks at all connections: at
// their deadlines and, with one poll(2) for all, at whether the clients of running handlers have shut
// their sending half or left. So a request needs no timer and no read of its own for that.
#pragma once

#include <asio/ip/tcp.hpp>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "http/dispatch.hpp"
#include "http/listener.hpp"
#include "http/origin.hpp"
#include "net/byte_stream.hpp"
#include "net/loop.hpp"
#include "net/ticker.hpp"

namespace server {

class Connection;

// What all connections of a listener share. Outlives them.
struct HttpService {
  ListenerOptions options;
  const TlsHolder& tls;
  const OriginPolicy origins;
  Timings timings;
  Dispatcher dispatcher;

  HttpService(ListenerOptions listener_options, const Router& router, const TlsHolder& tls_holder,
              agent::metrics::Registry& metrics);
};

class ConnectionTable : public std::enable_shared_from_this<ConnectionTable> {
 public:
  ConnectionTable(agent::net::Loop& loop, std::shared_ptr<HttpService> service);
  ~ConnectionTable();

  // Serves an accepted socket until it closes or becomes an agent's.
  void serve(asio::ip::tcp::socket socket);
  // Ends idle connections; the others end after their reply.
  void stop();
  // Ends those whose request came with a token that is revoked.
  void end_revoked();

  agent::net::Loop& loop() const { return loop_; }
  HttpService& service() const { return *service_; }
  bool is_stopping() const { return stopping_; }
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  friend class Connection;
  void add(Connection& connection);
  void remove(Connection& connection);
  void tick();
  void look_after_clients();

  agent::net::Loop& loop_;
  std::shared_ptr<HttpService> service_;
  agent::net::Ticker ticker_;
  std::vector<Connection*> connections_;
  std::atomic<std::size_t> size_{0};
  bool stopping_ = false;
};

}  // namespace server
