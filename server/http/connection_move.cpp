// How a connection moves to the loop of the agent that its request is about.
#include <utility>

#include "http/http_connection.hpp"

namespace server {

std::shared_ptr<asio::cancellation_signal> Connection::renew_signal() {
  signal_ = std::make_shared<asio::cancellation_signal>();
  return signal_;
}

// What is refused, and what belongs to no agent, is answered where it came.
ConnectionTable* Connection::aim() {
  const auto& place = table_->service().options.hooks.place;
  if (!place || is_agent_path() || phase_ == Phase::ended) return nullptr;
  table_->service().dispatcher.aim(*request_);
  if (request_->aim->agent.empty()) return nullptr;
  agent::net::Loop& there = place(request_->aim->agent);
  return &there == &table_->loop() ? nullptr : table_->of(there);
}

void Connection::depart(std::shared_ptr<Connection> connection) {
  ConnectionTable& there = *std::exchange(connection->bound_for_, nullptr);
  connection->signal_.reset();  // it belongs to the coroutine that has ended here
  connection->stream_->depart();
  connection->table_->remove(*connection);
  connection->table_.reset();
  there.loop().post(
      [&there, connection = std::move(connection)]() mutable { there.take(std::move(connection)); });
}

void Connection::arrive(std::shared_ptr<ConnectionTable> table) {
  table_ = std::move(table);
  stream_->arrive(table_->loop());
  request_->loop = &table_->loop();
  has_arrived_ = true;
  table_->add(*this);
}

}  // namespace server
