#include "http/connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "agent/log.hpp"
#include "http/upgrade.hpp"

namespace server {
namespace {

using agent::net::Clock;

// How long a closing connection may take to carry away its last reply.
constexpr std::chrono::milliseconds kCloseLimit{2000};
// An unread body up to this size is read and dropped, so that the connection can be used again.
constexpr std::uint64_t kDrainLimit = 64 * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool has_body(const agent::net::HttpHead& head) {
  return head.chunked || head.content_length.value_or(0) > 0;
}

void log_end(std::exception_ptr error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& failure) {
    agent::log::error("agent connection: {}", failure.what());
  }
}

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionTable> table, std::unique_ptr<agent::net::Stream> stream,
                       int descriptor)
    : table_(std::move(table)),
      stream_(std::move(stream)),
      descriptor_(descriptor),
      reader_(*stream_, agent::net::HttpParser::Kind::request),
      remote_address_(stream_->remote_address()) {
  table_->add(*this);
}

Connection::~Connection() { table_->remove(*this); }

void Connection::enter(Phase phase) {
  if (phase_ == Phase::ended) return;  // nothing begins any more
  phase_ = phase;
  deadline_ = Clock::time_point::max();
}

void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
  enter(phase);
  if (phase_ == phase) deadline_ = Clock::now() + limit;
}

agent::Task<> Connection::serve() {
  try {
    enter(Phase::handshake, table_->service().options.timeouts.head);
    co_await stream_->handshake();
    bool more = true;
    while (more) more = co_await serve_request();
  } catch (const agent::net::HttpFault& fault) {
    // The parser cannot tell an unknown method from garbage.
    end_with(fault.status == 501 ? 400 : fault.status, fault.what());
  } catch (const std::exception& error) {  // the client went away, or was given up
    agent::log::debug("http {}: {}", remote_address_, error.what());
  }
  if (stream_) stream_->close_after_writing(kCloseLimit);
  stream_.reset();
}

agent::Task<bool> Connection::serve_request() {
  request_.reset();
  if (table_->is_stopping()) co_return false;
  enter(Phase::idle, table_->service().options.timeouts.idle);
  std::optional<agent::net::HttpHead> head = co_await reader_.head();
  if (!head) co_return false;
  request_.emplace();
  request_->head = std::move(*head);
  request_->remote_address = remote_address_;
  request_->loop = &table_->loop();
  request_->source = has_body(request_->head) ? this : nullptr;
  expects_continue_ = request_->source != nullptr && !request_->head.header("Expect").empty();
  enter(Phase::handler);
  if (is_agent_path()) co_return co_await serve_upgrade();

  Request* request = &*request_;
  Reply reply = co_await table_->service().dispatcher.answer(request);
  if (phase_ == Phase::ended || client_gone_) co_return false;
  bool keep_alive =
      request_->head.keep_alive && !request_->head.upgrade && !table_->is_stopping() && can_drain();
  co_await write_reply(std::move(reply), keep_alive);
  if (!keep_alive) co_return false;
  co_return co_await drain_body();
}

// ---- the request's body

agent::Task<std::string> Connection::read_body() {
  if (std::exchange(expects_continue_, false)) stream_->send(kContinue);
  enter(Phase::body, table_->service().options.timeouts.body);
  std::string piece;
  try {
    piece = co_await reader_.body();
  } catch (const agent::net::HttpFault& fault) {
    end_with(fault.status, fault.what());
    throw RequestError(fault.status, fault.what());
  }
  enter(Phase::handler);
  co_return piece;
}

bool Connection::can_drain() const {
  if (reader_.at_end() || request_->source == nullptr) return true;
  return !expects_continue_ && request_->head.content_length.value_or(kDrainLimit + 1) <= kDrainLimit;
}

agent::Task<bool> Connection::drain_body() {
  while (!reader_.at_end()) {
    if (request_->source) enter(Phase::draining, table_->service().options.timeouts.body);
    std::string ignored = co_await reader_.body();
  }
  co_return true;
}

// ---- replies

void Connection::append_head(const Reply& reply, bool keep_alive, std::optional<std::uint64_t> length) {
  std::string digits;
  agent::net::HeaderList headers;
  headers.reserve(reply.headers.size() + 3);
  if (!reply.content_type.empty()) headers.emplace_back("Content-Type", reply.content_type);
  for (const auto& [name, value] : reply.headers) headers.emplace_back(name, value);
  if (length) {
    digits = std::to_string(*length);
    headers.emplace_back("Content-Length", digits);
  } else if (chunked_) {
    headers.emplace_back("Transfer-Encoding", "chunked");
  }
  if (!keep_alive) {
    headers.emplace_back("Connection", "close");
  } else if (!request_->head.header("Connection").empty()) {
    headers.emplace_back("Connection", "keep-alive");  // HTTP/1.0 clients ask for it
  }
  agent::net::write_response_head(stream_->out(), reply.status, headers);
}

agent::Task<> Connection::write_reply(Reply reply, bool keep_alive) {
  if (reply.stream) {
    co_await write_stream(std::move(reply), keep_alive);
    co_return;
  }
  chunked_ = false;
  append_head(reply, keep_alive, reply.length.value_or(reply.body.size()));
  if (request_->head.method != "HEAD") stream_->out().append(reply.body);
  stream_->flush();
  if (stream_->queued() > kBodyQueue) co_await room();
}

// Without a length: chunked, or up to the close of the connection for clients that want it closed (among
// them those of HTTP/1.0, which know no chunks).
agent::Task<> Connection::write_stream(Reply reply, bool keep_alive) {
  chunked_ = !reply.length && keep_alive;
  append_head(reply, keep_alive, reply.length);
  stream_->flush();
  if (request_->head.method == "HEAD") co_return;
  enter(Phase::streaming);
  try {
    BodyWriter* writer = this;
    co_await reply.stream(writer);
  } catch (const std::exception& error) {
    agent::log::debug("http {} {}: {}", remote_address_, request_->path, error.what());
    stream_->close();  // a body cut short must not look whole
    throw;
  }
  if (!chunked_) co_return;
  agent::net::write_chunk(stream_->out(), {});
  stream_->flush();
}

void Connection::write(std::string_view piece) {
  if (piece.empty() || !stream_->is_open()) return;
  if (chunked_) {
    agent::net::write_chunk(stream_->out(), piece);
  } else {
    stream_->out().append(piece);
  }
  stream_->flush();
}

agent::Task<> Connection::room() {
  Phase before = phase_;
  bytes_out_ = stream_->bytes_out();
  enter(Phase::writing, table_->service().options.timeouts.write);
  std::size_t limit = kBodyQueue;
  co_await stream_->room(limit);
  enter(before);
}

// Answers what could not be understood, or not in time, and ends the connection.
void Connection::end_with(int status, std::string_view text) {
  if (phase_ == Phase::ended || !stream_) return;
  Reply reply = text_reply(status, text);
  chunked_ = false;
  append_head(reply, false, reply.body.size());
  stream_->out().append(reply.body);
  stream_->close_after_writing(kCloseLimit);
  enter(Phase::ended);
}

// ---- the table's tick

void Connection::check_deadline(Clock::time_point now) {
  const HttpTimeouts& timeouts = table_->service().options.timeouts;
  if (phase_ == Phase::idle && !reader_.parser().is_idle()) {
    phase_ = Phase::head;
    deadline_ = now + timeouts.head;
  }
  if (phase_ == Phase::writing && stream_->bytes_out() != bytes_out_) {
    bytes_out_ = stream_->bytes_out();
    deadline_ = now + timeouts.write;
  }
  if (now < deadline_) return;
  if (phase_ == Phase::head) return end_with(408, "the request's head took too long");
  if (phase_ == Phase::body) return end_with(408, "the request's body took too long");
  if (phase_ == Phase::writing) abandon_output();
  enter(Phase::ended);
  stream_->close();
}

// The kernel would keep what the client does not take, and wait for it long after the close.
void Connection::abandon_output() {
  linger reset{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

int Connection::descriptor_to_watch() const {
  bool is_running = phase_ == Phase::handler || phase_ == Phase::streaming;
  return is_running && !client_gone_ && stream_ && stream_->is_open() ? descriptor_ : -1;
}

bool Connection::has_left() const {
  pollfd descriptor{descriptor_, POLLRDHUP, 0};
  return client_gone_ || (poll(&descriptor, 1, 0) > 0 && descriptor.revents != 0);
}

void Connection::client_left() {
  client_gone_ = true;
  signal_.emit(asio::cancellation_type::terminal);
}

void Connection::stop() {
  if (phase_ == Phase::idle && stream_) stream_->close_after_writing(kCloseLimit);
  if (phase_ == Phase::streaming && chunked_) client_left();  // an event stream has no end of its own
}

// ---- agents

bool Connection::is_agent_path() const {
  const agent::net::HttpHead& head = request_->head;
  std::string_view path = std::string_view(head.target).substr(0, head.target.find('?'));
  return head.method == "GET" && path == table_->service().options.agent_path;
}

agent::Task<bool> Connection::serve_upgrade() {
  std::string none = co_await reader_.body();  // what is left of the head
  const ListenerOptions& options = table_->service().options;
  UpgradeAnswer answer = judge_upgrade(request_->head, options.hooks, options.deflate);
  if (auto* refusal = std::get_if<Reply>(&answer)) {
    agent::log::debug("agent from {} refused: {} {}", remote_address_, refusal->status, refusal->body);
    co_await write_reply(std::move(*refusal), false);
    co_return false;
  }
  start_agent(std::move(std::get<Admitted>(answer)));
  co_return false;
}

void Connection::start_agent(Admitted admitted) {
  const ListenerOptions& options = table_->service().options;
  agent::net::HeaderList headers{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
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
  asio::co_spawn(table_->loop().io(),
                 options.hooks.serve_agent(std::move(socket), std::move(admitted.enrolled_as)), log_end);
}

}  // namespace server
