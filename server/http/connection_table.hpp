// ConnectionTable: the HTTP connections of one loop, and the watch over them.
//
// Belongs to its loop. One tick looks at all connections: at
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
class ConnectionTable;

// What all connections of a listener share. Outlives them.
struct HttpService {
  ListenerOptions options;
  const TlsHolder& tls;
  const OriginPolicy origins;
  Timings timings;
  Dispatcher dispatcher;
  std::atomic<std::size_t> connections{0};  // open ones, on any loop or between two
  std::vector<ConnectionTable*> tables{};   // of all loops, before these run; they live as long as they run

  HttpService(ListenerOptions listener_options, const Router& router, const TlsHolder& tls_holder,
              agent::metrics::Registry& metrics);
};

class ConnectionTable : public std::enable_shared_from_this<ConnectionTable> {
 public:
  ConnectionTable(agent::net::Loop& loop, std::shared_ptr<HttpService> service);
  ~ConnectionTable();

  // Serves an accepted socket until it closes or becomes an agent's.
  void serve(asio::ip::tcp::socket socket);
  // Goes on with a connection that has departed from another table.
  void take(std::shared_ptr<Connection> connection);
  // Ends idle connections; the others end after their reply.
  void stop();
  // Ends those whose request came with a token that is revoked.
  void end_revoked();

  agent::net::Loop& loop() const { return loop_; }
  HttpService& service() const { return *service_; }
  const std::shared_ptr<HttpService>& shared_service() const { return service_; }
  bool is_stopping() const { return stopping_; }
  // The listener's table of another loop, null: it has none.
  ConnectionTable* of(const agent::net::Loop& loop) const;

 private:
  friend class Connection;
  void start(std::shared_ptr<Connection> connection);
  void add(Connection& connection);
  void remove(Connection& connection);
  void tick();
  void look_after_clients();
  void drop_silent_clients(agent::net::Clock::time_point now);

  agent::net::Loop& loop_;
  std::shared_ptr<HttpService> service_;
  agent::net::Ticker ticker_;
  std::vector<Connection*> connections_;
  agent::net::Clock::time_point next_listen_{};  // for clients that have fallen silent
  bool stopping_ = false;
};

}  // namespace server
