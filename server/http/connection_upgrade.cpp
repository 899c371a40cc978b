// How a connection becomes the WebSocket of an agent, or of a client.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "agent/log.hpp"
#include "http/http_connection.hpp"
#include "http/reply.hpp"
#include "http/upgrade.hpp"
#include "net/http.hpp"
#include "net/spawn.hpp"
#include "net/websocket.hpp"

namespace server {
namespace {

// Bytes of a client's message: what is typed or pasted comes in pieces.
constexpr std::size_t kClientMessage = 64 * 1024;
// RFC 6455, 7.4.1
constexpr std::uint16_t kNormalClosure = 1000;

}  // namespace

bool Connection::is_agent_path() const {
  const std::string& target = request_->head.target;
  std::string_view path = std::string_view(target).substr(0, target.find('?'));
  return path == table_->service().options.agent_path;
}

void Connection::serve_upgrade() {
  const ListenerOptions& options = table_->service().options;
  UpgradeAnswer answer = judge_upgrade(request_->head, options.hooks, options.deflate);
  if (auto* refusal = std::get_if<Reply>(&answer)) {
    agent::log::debug("agent from {} refused: {} {}", remote_address_, refusal->status, refusal->body);
    if (refusal->status == 401 && options.hooks.token_refused)
      options.hooks.token_refused(remote_address_, options.agent_path, refusal->body);
    return write_reply(*refusal, false);
  }
  start_agent(std::move(std::get<Admitted>(answer)));
}

void Connection::start_agent(Admitted admitted) {
  const ListenerOptions& options = table_->service().options;
  agent::net::HeaderList headers{
      {"Date", http_date_now()}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
  headers.emplace_back("Sec-WebSocket-Accept", admitted.upgrade.accept);
  if (!admitted.upgrade.extensions.empty()) {
    headers.emplace_back("Sec-WebSocket-Extensions", admitted.upgrade.extensions);
  }
  agent::net::write_response_head(stream_->out(), 101, headers);
  stream_->flush();
  agent::net::WebSocketOptions websocket;
  websocket.is_server = true;
  websocket.deflate = admitted.upgrade.deflate;
  websocket.max_message = options.max_message;
  websocket.budget = options.message_budget;
  auto socket = std::make_unique<agent::net::WebSocket>(std::move(stream_), websocket, reader_.take_rest());
  agent::net::spawn(table_->loop(), options.hooks.serve_agent(std::move(socket), std::move(admitted.grant)),
                    "agent connection");
}

agent::Task<> Connection::serve_socket(std::unique_ptr<Reply> reply) {
  answered_ = true;
  agent::net::HeaderList headers{{"Date", http_date_now()}};
  for (const auto& [name, value] : reply->headers) headers.emplace_back(name, value);
  agent::net::write_response_head(stream_->out(), 101, headers);
  stream_->flush(agent::net::Flush::at_once);
  agent::net::WebSocketOptions options;
  options.is_server = true;
  options.max_message = kClientMessage;
  options.budget = table_->service().options.message_budget;
  socket_ = std::make_shared<agent::net::WebSocket>(std::move(stream_), options, reader_.take_rest());
  enter(Phase::upgraded);
  try {
    co_await reply->socket(socket_);
  } catch (const std::exception& error) {  // the client left, or was told to
    agent::log::debug("http {} {}: {}", remote_address_, request_->path, error.what());
  }
  socket_->close(kNormalClosure, "");
  socket_.reset();
}

void Connection::end_socket(std::uint16_t code, std::string_view why) {
  if (!socket_) return;
  socket_->close(code, why);
  client_left();
}

}  // namespace server
