#include "http/listener.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/timer.hpp"
#include "http/connection_table.hpp"

namespace server {
namespace {

using asio::ip::tcp;

// A burst of agents that all come back at once waits here instead of being refused by the kernel.
constexpr int kBacklog = 4096;
// Without descriptors or memory accepting again at once would only spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

bool is_shortage(const asio::error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory || error == asio::error_code(ENFILE, asio::system_category());
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
  Impl(const std::vector<agent::net::Loop*>& loops, std::shared_ptr<HttpService> the_service)
      : service(std::move(the_service)), acceptor(loops.front()->io()), pause(loops.front()->io()) {
    for (agent::net::Loop* loop : loops) tables.push_back(std::make_shared<ConnectionTable>(*loop, service));
  }

  void bind(const tcp::endpoint& endpoint) {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
      acceptor.set_option(asio::ip::v6_only(false));
    }
    acceptor.bind(endpoint);
    acceptor.listen(kBacklog);
  }

  // Every address: IPv6 and IPv4 through one socket, IPv4 alone where the kernel has no IPv6.
  void bind_everywhere(std::uint16_t wanted) {
    asio::error_code no_ipv6;
    acceptor.open(tcp::v6(), no_ipv6);
    acceptor.close();
    bind(tcp::endpoint(no_ipv6 ? tcp::v4() : tcp::v6(), wanted));
  }

  void accept() {
    ConnectionTable& table = *tables[next++ % tables.size()];
    acceptor.async_accept(table.loop().io(),
                          [self = shared_from_this(), &table](asio::error_code error, tcp::socket socket) {
                            if (self->stopping) return;
                            if (!error) {
                              self->hand_over(table, std::move(socket));
                            } else if (is_shortage(error)) {
                              self->accept_later(error);
                              return;
                            }
                            self->accept();
                          });
  }

  void hand_over(ConnectionTable& table, tcp::socket socket) {
    auto serve = [&table, socket = std::move(socket)]() mutable { table.serve(std::move(socket)); };
    if (&table == tables.front().get()) return serve();  // the acceptor's own loop
    table.loop().post(std::move(serve));
  }

  void accept_later(const asio::error_code& why) {
    if (!std::exchange(short_of_resources, true)) {
      agent::log::error("accept: {}; trying again every {} ms", why.message(), kAcceptPause.count());
    }
    pause.expires_after(kAcceptPause);
    pause.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && !self->stopping) self->accept();
    });
  }

  std::size_t connections() const {
    std::size_t count = 0;
    for (const auto& table : tables) count += table->size();
    return count;
  }

  void stop() {
    if (stopping.exchange(true)) return;
    tables.front()->loop().post([self = shared_from_this()] {
      asio::error_code ignored;
      self->acceptor.close(ignored);
      self->pause.cancel();
    });
    for (auto& table : tables) table->loop().post([table] { table->stop(); });
  }

  void end_revoked() {
    for (auto& table : tables) table->loop().post([table] { table->end_revoked(); });
  }

  std::shared_ptr<HttpService> service;
  tcp::acceptor acceptor;
  agent::Timer pause;
  std::vector<std::shared_ptr<ConnectionTable>> tables;
  std::size_t next = 0;
  std::atomic<bool> stopping{false};
  std::uint16_t port = 0;
  bool short_of_resources = false;
};

Listener::Listener(std::vector<agent::net::Loop*> loops, ListenerOptions options, const Router& router,
                   const TlsHolder& tls, agent::metrics::Registry& metrics) {
  std::string address = options.address;
  std::uint16_t port = options.port;
  auto service = std::make_shared<HttpService>(std::move(options), router, tls, metrics);
  impl_ = std::make_shared<Impl>(loops, std::move(service));
  try {
    if (address.empty()) {
      impl_->bind_everywhere(port);
    } else {
      impl_->bind(tcp::endpoint(asio::ip::make_address(address), port));
    }
    impl_->port = impl_->acceptor.local_endpoint().port();
  } catch (const std::system_error& error) {
    std::string where = address.find(':') == std::string::npos ? address : "[" + address + "]";
    throw agent::Error(agent::Errc::io,
                       "listen " + where + ":" + std::to_string(port) + ": " + error.code().message());
  }
  metrics.collect([weak = std::weak_ptr(impl_)](agent::metrics::Exposition& out) {
    auto impl = weak.lock();
    if (!impl) return;
    out.family("agent_server_http_connections", "gauge", "Open HTTP connections, without those of agents.");
    out.sample({}, static_cast<std::uint64_t>(impl->connections()));
  });
  loops.front()->post([impl = impl_] {
    if (!impl->stopping) impl->accept();
  });
}

Listener::~Listener() = default;

std::uint16_t Listener::port() const { return impl_->port; }
void Listener::stop() { impl_->stop(); }
bool Listener::stopping() const { return impl_->stopping; }
void Listener::end_revoked() { impl_->end_revoked(); }

std::size_t Listener::connections() const { return impl_->connections(); }

}  // namespace server
