#include "http/http_connection.hpp"

#include <exception>
#include <utility>

#include "agent/log.hpp"
#include "base/ascii_case.hpp"
#include "http/client_socket.hpp"
#include "http/inert.hpp"
#include "http/origin.hpp"

namespace server {
namespace {

using agent::net::Clock;

// Bytes of a response's head, about.
constexpr std::size_t kUsualHead = 256;
// How long a closing connection may take to carry away its last reply.
constexpr std::chrono::milliseconds kCloseLimit{2000};
// An unread body up to this size is read and dropped, so that the connection can be used again.
constexpr std::uint64_t kDrainLimit = 64 * 1024;

// RFC 6455, 7.4.1
constexpr std::uint16_t kGoingAway = 1001;
constexpr std::uint16_t kPolicyViolation = 1008;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool has_body(const agent::net::HttpHead& head) {
  return head.chunked || head.content_length.value_or(0) > 0;
}

// RFC 9110, 10.1.1: nothing but 100-continue can be expected, and of HTTP/1.1 only.
bool has_expectation(const agent::net::HttpHead& head) {
  return head.minor >= 1 && !head.header("Expect").empty();
}

bool is_expectation_known(const agent::net::HttpHead& head) {
  return head.count("Expect") == 1 && agent::equals_ignoring_case(head.header("Expect"), "100-continue");
}

LeastRate least_rate(const HttpTimeouts& timeouts) { return {timeouts.body_rate, timeouts.body_window}; }

}  // namespace

Connection::Connection(std::shared_ptr<ConnectionTable> table, std::unique_ptr<agent::net::Stream> stream,
                       int descriptor)
    : table_(std::move(table)),
      stream_(std::move(stream)),
      descriptor_(descriptor),
      reader_(*stream_, agent::net::HttpParser::Kind::request),
      remote_address_(stream_->remote_address()),
      body_rate_(least_rate(table_->service().options.timeouts)),
      service_(table_->shared_service()) {
  ++service_->connections;
  table_->add(*this);
}

Connection::~Connection() {
  --service_->connections;
  if (table_) table_->remove(*this);
}

void Connection::enter(Phase phase) {
  if (phase_ == Phase::ended) return;  // nothing begins any more
  phase_ = phase;
  deadline_ = Clock::time_point::max();
}

void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
  enter(phase);
  if (phase_ == phase) deadline_ = Clock::now() + limit;
}

// A streamed body is written from here, so that an endless one keeps no other frame of the connection.
agent::Task<> Connection::serve() {
  try {
    bool is_here = std::exchange(has_arrived_, false);
    if (!is_here) {
      enter(Phase::handshake, table_->service().options.timeouts.head);
      co_await stream_->handshake();
    }
    for (bool more = true; more; is_here = false) {
      if (!is_here) is_here = co_await read_request();
      more = is_here;
      if (more) more = co_await answer_request();
      if (body_) {
        co_await write_body();
        end_body();
      }
      if (more && !reader_.at_end()) co_await drain_body();
    }
  } catch (const agent::net::HttpFault& fault) {
    cut_body();
    end_with(fault.status, fault.what());
  } catch (const std::exception& error) {  // the client went away, or was given up
    agent::log::debug("http {} {}: {}", remote_address_, request_ ? request_->path : "", error.what());
    cut_body();
  }
  if (is_bound_elsewhere()) co_return;
  if (stream_) stream_->close_after_writing(kCloseLimit);
  stream_.reset();
}

agent::Task<bool> Connection::read_request() {
  request_.reset();
  origin_headers_.clear();
  answered_ = false;
  if (table_->is_stopping()) co_return false;
  enter(Phase::idle, table_->service().options.timeouts.idle);
  std::optional<agent::net::HttpHead> head = co_await reader_.head();
  if (!head) co_return false;
  begin_request(std::move(*head));
  enter(Phase::handler);
  bound_for_ = aim();
  co_return !is_bound_elsewhere();
}

agent::Task<bool> Connection::answer_request() {
  std::unique_ptr<Reply> reply = refuse();
  if (!reply && is_agent_path()) {
    serve_upgrade();
    co_return false;
  }
  if (!reply) reply = co_await table_->service().dispatcher.answer(&*request_);
  if (phase_ == Phase::ended || client_gone_) co_return false;
  if (reply->socket) {
    co_await serve_socket(std::move(reply));
    co_return false;
  }
  bool keep_alive = request_->head.keep_alive && !request_->head.upgrade && !table_->is_stopping() &&
                    can_drain() && !ends_by_close(*reply);
  if (reply->stream) {
    begin_stream(*reply, keep_alive);
  } else {
    write_reply(*reply, keep_alive);
    if (stream_->queued() > kBodyQueue) co_await room();
  }
  co_return keep_alive;
}

std::unique_ptr<Reply> Connection::refuse() {
  if (std::optional<Reply> refusal = refuse_strangers()) return std::make_unique<Reply>(std::move(*refusal));
  const bool is_understood = !has_expectation(request_->head) || is_expectation_known(request_->head);
  if (is_understood || is_agent_path()) return nullptr;
  return std::make_unique<Reply>(text_reply(417, "Expect: only 100-continue is understood"));
}

std::optional<Reply> Connection::refuse_strangers() {
  OriginVerdict verdict = judge_origin(request_->head, table_->service().origins);
  origin_headers_ = std::move(verdict.headers);
  if (verdict.answer) {
    const std::string& target = request_->head.target;
    agent::log::debug("http {} {} {} {} {}", remote_address_, request_->head.method,
                      target.substr(0, target.find('?')), verdict.answer->status, verdict.answer->body);
  }
  return std::move(verdict.answer);
}

void Connection::begin_request(agent::net::HttpHead head) {
  request_.emplace();
  request_->head = std::move(head);
  request_->remote_address = remote_address_;
  request_->loop = &table_->loop();
  request_->owner = weak_from_this();
  request_->source = has_body(request_->head) ? this : nullptr;
  if (half_closed_) request_->part();
  expects_continue_ = request_->source != nullptr && has_expectation(request_->head);
  body_rate_ = least_rate(table_->service().options.timeouts);
}

// ---- the request's body

agent::Task<std::string> Connection::next_piece(Phase phase) {
  enter(phase, table_->service().options.timeouts.body);
  body_rate_.wait(Clock::now());
  std::string piece = co_await reader_.body();
  body_rate_.take(piece.size(), Clock::now());
  co_return piece;
}

agent::Task<std::string> Connection::read() {
  if (std::exchange(expects_continue_, false)) stream_->send(kContinue);
  std::string piece;
  try {
    piece = co_await next_piece(Phase::body);
  } catch (const agent::net::HttpFault& fault) {
    end_with(fault.status, fault.what());
    throw RequestError(fault.status, fault.what());
  } catch (const agent::Error& error) {
    if (fault_) throw RequestError(*fault_);  // the tick has answered meanwhile
    if (error.code() != agent::Errc::disconnected || !stream_->is_open()) throw;
    const RequestError cut(400, "the request's body is cut short");
    end_with(cut.status, cut.what());
    throw cut;
  }
  enter(Phase::handler);
  co_return piece;
}

std::optional<std::string> Connection::take_whole() {
  const std::optional<std::uint64_t> length = request_->head.content_length;
  return length && !expects_continue_ ? reader_.take_body(*length) : std::nullopt;
}

agent::Task<> Connection::skip_body() {
  if (expects_continue_ || request_->head.content_length.value_or(0) > kDrainLimit) co_return;
  const std::shared_ptr<agent::ByteSource> body = shared_from_this();
  co_await agent::gather(body, kDrainLimit + 1);
}

bool Connection::can_drain() const {
  if (reader_.at_end() || request_->source == nullptr) return true;
  return !expects_continue_ && request_->head.content_length.value_or(kDrainLimit + 1) <= kDrainLimit;
}

agent::Task<> Connection::drain_body() {
  while (!reader_.at_end()) {
    std::string ignored = co_await next_piece(Phase::draining);
  }
}

// ---- replies

void Connection::append_head(const Reply& reply, bool keep_alive, std::optional<std::uint64_t> length) {
  std::string digits;
  agent::net::HeaderList headers;
  headers.reserve(reply.headers.size() + origin_headers_.size() + 7);
  headers.emplace_back("Date", http_date_now());
  append_type(headers, reply);
  for (const auto& [name, value] : reply.headers) headers.emplace_back(name, value);
  for (const auto& [name, value] : origin_headers_) headers.emplace_back(name, value);
  if (length && reply.status != 204) {  // which has none (RFC 9110, 8.6)
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

void Connection::write_reply(const Reply& reply, bool keep_alive) {
  answered_ = true;
  chunked_ = false;
  std::optional<std::uint64_t> length = reply.length.value_or(reply.body.size());
  if (reply.status == 304) length.reset();  // it would be that of a content which is not sent (RFC 9110, 8.6)
  const bool sends_body = request_->head.method != "HEAD";
  stream_->out().reserve(stream_->out().size() + kUsualHead + (sends_body ? reply.body.size() : 0));
  append_head(reply, keep_alive, length);
  if (sends_body) stream_->out().append(reply.body);
  stream_->flush(agent::net::Flush::at_once);
}

// Answers what could not be understood, or not in time, and ends the connection. What has its answer gets no
// second one: the client would take it for that of its next request.
void Connection::end_with(int status, std::string_view text) {
  if (phase_ == Phase::ended || !stream_) return;
  if (!std::exchange(answered_, true)) {
    Reply reply = text_reply(status, text);
    chunked_ = false;
    append_head(reply, false, reply.body.size());
    stream_->out().append(reply.body);
    fault_ = std::make_unique<RequestError>(status, std::string(text));
  }
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
  if (is_body_late(now)) return end_with(408, "the request's body comes too slowly");
  if (now < deadline_) return;
  if (phase_ == Phase::head) return end_with(408, "the request's head took too long");
  if (phase_ == Phase::body) return end_with(408, "the request's body took too long");
  if (phase_ == Phase::writing) abandon_output(descriptor_);
  enter(Phase::ended);
  stream_->close();
}

bool Connection::is_body_late(Clock::time_point now) const {
  return (phase_ == Phase::body || phase_ == Phase::draining) && body_rate_.is_missed(now);
}

// Not while it is about to depart: there is nothing to cancel then.
bool Connection::is_handling() const {
  const bool is_begun = phase_ == Phase::handler || phase_ == Phase::streaming;
  return is_begun && !client_gone_ && stream_ && !is_bound_elsewhere();
}

bool Connection::has_lost_client() const { return is_handling() && !stream_->is_open(); }

int Connection::descriptor_to_watch() {
  if (!is_handling() || !stream_->is_open()) return -1;
  if (!std::exchange(probed_, true)) probe_client(descriptor_, table_->service().options.timeouts.probe);
  return descriptor_;
}

bool Connection::has_parted() const {
  return client_gone_ || half_closed_ || !stream_->is_open() || server::has_parted(descriptor_);
}

void Connection::take_events(short events) {
  if (is_reset(events)) return client_left();
  if (!std::exchange(half_closed_, true)) request_->part();
}

void Connection::client_left() {
  client_gone_ = true;
  signal_->emit(asio::cancellation_type::terminal);
}

void Connection::stop() {
  end_socket(kGoingAway, "the server is stopping");
  if (phase_ == Phase::idle && stream_) stream_->close_after_writing(kCloseLimit);
  if (phase_ == Phase::streaming && chunked_) client_left();  // an event stream has no end of its own
}

void Connection::end_revoked() {
  if (request_ && request_->grant.is_revoked()) end_socket(kPolicyViolation, "the API token was revoked");
  if (phase_ == Phase::ended || !stream_ || !request_ || !request_->grant.is_revoked()) return;
  if (phase_ == Phase::handler || phase_ == Phase::body) {
    end_with(401, "the API token was revoked");
  } else {
    stream_->close();  // a body cut short must not look whole
  }
  client_left();
}

}  // namespace server
