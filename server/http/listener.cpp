#include "http/listener.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <cerrno>
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

agent::Error cannot_listen(const std::string& address, std::uint16_t port, const std::string& why) {
  const std::string where = address.find(':') == std::string::npos ? address : "[" + address + "]";
  return agent::Error(agent::Errc::io, "listen " + where + ":" + std::to_string(port) + ": " + why);
}

bool is_missing(const asio::error_code& error) {
  return error == asio::error_code(EADDRNOTAVAIL, asio::system_category());
}

bool is_shortage(const asio::error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory || error == asio::error_code(ENFILE, asio::system_category());
}

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl> {
  Impl(const std::vector<agent::net::Loop*>& loops, std::string the_address, std::uint16_t the_port,
       std::function<void(const ListenNews&)> the_news, std::shared_ptr<HttpService> the_service)
      : address(std::move(the_address)),
        wanted(the_port),
        news(std::move(the_news)),
        service(std::move(the_service)),
        acceptor(loops.front()->io()),
        pause(loops.front()->io()) {
    for (agent::net::Loop* loop : loops) tables.push_back(std::make_shared<ConnectionTable>(*loop, service));
    for (const auto& table : tables) service->tables.push_back(table.get());
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
  void bind_everywhere() {
    asio::error_code no_ipv6;
    acceptor.open(tcp::v6(), no_ipv6);
    acceptor.close();
    bind(tcp::endpoint(no_ipv6 ? tcp::v4() : tcp::v6(), wanted));
  }

  // False when the machine does not have the address.
  bool listen() {
    try {
      if (address.empty()) {
        bind_everywhere();
      } else {
        bind(tcp::endpoint(asio::ip::make_address(address), wanted));
      }
      port = acceptor.local_endpoint().port();
      return true;
    } catch (const std::system_error& error) {
      asio::error_code ignored;
      acceptor.close(ignored);
      const agent::Error failure = cannot_listen(address, wanted, error.code().message());
      if (!is_missing(error.code())) throw failure;
      missing = error.code().message();
      return false;
    }
  }

  void tell(const ListenNews& what) const {
    if (news) news(what);
  }

  void begin() {
    if (stopping) return;
    if (port == 0) return wait_for_address();
    tell({.kind = ListenNews::Kind::listening, .port = port});
    accept();
  }

  void wait_for_address() {
    agent::log::warn("{}; trying again every {} s", cannot_listen(address, wanted, missing).what(),
                     kListenPause.count());
    tell({.kind = ListenNews::Kind::waiting, .why = missing});
    listen_later();
  }

  void listen_later() {
    pause.expires_after(kListenPause);
    pause.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (!error && !self->stopping) self->listen_again();
    });
  }

  void listen_again() {
    try {
      if (listen()) return begin();
      listen_later();
    } catch (const agent::Error&) {
      tell({.kind = ListenNews::Kind::failed, .failure = std::current_exception()});
    }
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

  std::size_t connections() const { return service->connections; }

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

  const std::string address;
  const std::uint16_t wanted;
  const std::function<void(const ListenNews&)> news;
  std::shared_ptr<HttpService> service;
  tcp::acceptor acceptor;
  agent::Timer pause;
  std::vector<std::shared_ptr<ConnectionTable>> tables;
  std::size_t next = 0;
  std::atomic<bool> stopping{false};
  std::uint16_t port = 0;
  std::string missing;  // why there is no port
  bool short_of_resources = false;
};

Listener::Listener(std::vector<agent::net::Loop*> loops, ListenerOptions options, const Router& router,
                   const TlsHolder& tls, agent::metrics::Registry& metrics) {
  std::string address = options.address;
  const std::uint16_t port = options.port;
  auto news = std::move(options.hooks.listen_news);
  auto service = std::make_shared<HttpService>(std::move(options), router, tls, metrics);
  impl_ = std::make_shared<Impl>(loops, std::move(address), port, std::move(news), std::move(service));
  impl_->listen();
  metrics.collect([weak = std::weak_ptr(impl_)](agent::metrics::Exposition& out) {
    auto impl = weak.lock();
    if (!impl) return;
    out.family("agent_server_http_connections", "gauge", "Open HTTP connections, without those of agents.");
    out.sample({}, static_cast<std::uint64_t>(impl->connections()));
  });
  loops.front()->post([impl = impl_] { impl->begin(); });
}

Listener::~Listener() = default;

std::uint16_t Listener::port() const { return impl_->port; }
void Listener::stop() { impl_->stop(); }
bool Listener::stopping() const { return impl_->stopping; }
void Listener::end_revoked() { impl_->end_revoked(); }

std::size_t Listener::connections() const { return impl_->connections(); }

}  // namespace server
