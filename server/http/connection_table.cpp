#include "http/connection_table.hpp"

#include <poll.h>

#include <exception>
#include <utility>

#include "agent/log.hpp"
#include "http/client_socket.hpp"
#include "http/http_connection.hpp"
#include "net/spawn.hpp"

namespace server {
namespace {

OriginPolicy policy_of(const ListenerOptions& options, const Router& router) {
  OriginPolicy policy;
  policy.allowed_origins = options.allowed_origins;
  policy.server_names = options.server_names;
  policy.has_any_name = options.has_any_name;
  policy.agent_path = options.agent_path;
  policy.asks_for_tokens = static_cast<bool>(options.hooks.api_token);
  policy.asks_agents_for_tokens = static_cast<bool>(options.hooks.enroll_token);
  for (const auto& route : router.routes()) {
    if (route->is_page) policy.pages.emplace_back(route->pattern);
    if (route->for_agents)
      policy.fetch_paths.emplace_back(route->pattern.substr(0, route->pattern.find('{')));
  }
  return policy;
}

}  // namespace

HttpService::HttpService(ListenerOptions listener_options, const Router& router, const TlsHolder& tls_holder,
                         agent::metrics::Registry& metrics)
    : options(std::move(listener_options)),
      tls(tls_holder),
      origins(policy_of(options, router)),
      timings(router, metrics),
      dispatcher(router, options.hooks.api_token, options.hooks.token_refused, options.hooks.blocked,
                 &timings, options.hooks.browser_session) {}

ConnectionTable::ConnectionTable(agent::net::Loop& loop, std::shared_ptr<HttpService> service)
    : loop_(loop),
      service_(std::move(service)),
      ticker_(loop, service_->options.timeouts.tick, [this] { tick(); }) {}

ConnectionTable::~ConnectionTable() = default;

void ConnectionTable::serve(asio::ip::tcp::socket socket) {
  if (stopping_) return;
  int descriptor = socket.native_handle();
  std::unique_ptr<agent::net::Tls> tls;
  if (auto context = service_->tls.get()) tls = std::make_unique<agent::net::Tls>(std::move(context), true);
  auto stream = std::make_unique<agent::net::Stream>(loop_, std::move(socket), std::move(tls));
  start(std::make_shared<Connection>(shared_from_this(), std::move(stream), descriptor));
}

void ConnectionTable::take(std::shared_ptr<Connection> connection) {
  connection->arrive(shared_from_this());
  start(std::move(connection));
}

// One coroutine serves it for as long as it stays on this loop. The handler keeps the connection, and the
// signal, until the coroutine is over: whatever belongs to this loop has ended when the connection goes to
// the next one.
void ConnectionTable::start(std::shared_ptr<Connection> connection) {
  std::shared_ptr<asio::cancellation_signal> signal = connection->renew_signal();
  agent::Task<> service = connection->serve();
  auto done = [connection = std::move(connection), signal](const std::exception_ptr& thrown) mutable {
    agent::net::log_failure("HTTP connection", thrown);
    if (connection->is_bound_elsewhere()) Connection::depart(std::move(connection));
  };
  agent::net::spawn(loop_, std::move(service), signal->slot(), std::move(done));
}

ConnectionTable* ConnectionTable::of(const agent::net::Loop& loop) const {
  for (ConnectionTable* table : service_->tables) {
    if (&table->loop() == &loop) return table;
  }
  return nullptr;
}

void ConnectionTable::add(Connection& connection) {
  connection.position_ = connections_.size();
  connections_.push_back(&connection);
  ticker_.start();
}

void ConnectionTable::remove(Connection& connection) {
  connections_[connection.position_] = connections_.back();
  connections_[connection.position_]->position_ = connection.position_;
  connections_.pop_back();
}

void ConnectionTable::tick() {
  const auto self = shared_from_this();  // what ends in here may be the last to hold us
  const auto now = agent::net::Clock::now();
  for (Connection* connection : connections_) connection->check_deadline(now);
  look_after_clients();
  drop_silent_clients(now);
  if (connections_.empty()) ticker_.stop();
}

// Three times in the pause between probes: a call of the system for each connection.
void ConnectionTable::drop_silent_clients(agent::net::Clock::time_point now) {
  const std::chrono::seconds pause = service_->options.timeouts.probe;
  if (now < next_listen_) return;
  next_listen_ = now + std::chrono::milliseconds(pause) / 3;
  std::vector<Connection*> silent;
  for (Connection* connection : connections_) {
    const int descriptor = connection->descriptor_to_watch();
    if (descriptor >= 0 && is_silent(descriptor, pause)) silent.push_back(connection);
  }
  for (Connection* connection : silent) {
    abandon_output(connection->descriptor_);
    connection->client_left();
  }
}

// POLLRDHUP tells that the client shut its sending half, also behind requests that wait to be read; a reset
// shows in any case.
void ConnectionTable::look_after_clients() {
  std::vector<pollfd> descriptors;
  std::vector<Connection*> waiting;
  std::vector<Connection*> lost;
  for (Connection* connection : connections_) {
    if (connection->has_lost_client()) lost.push_back(connection);
    int descriptor = connection->descriptor_to_watch();
    if (descriptor < 0) continue;
    descriptors.push_back({descriptor, POLLRDHUP, 0});
    waiting.push_back(connection);
  }
  for (Connection* connection : lost) connection->client_left();
  if (waiting.empty() || poll(descriptors.data(), descriptors.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (descriptors[i].revents != 0) waiting[i]->take_events(descriptors[i].revents);
  }
}

void ConnectionTable::end_revoked() {
  for (Connection* connection : connections_) connection->end_revoked();
}

void ConnectionTable::stop() {
  stopping_ = true;
  for (Connection* connection : connections_) connection->stop();
}

}  // namespace server
