// How the body of a streamed reply is written.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/http_connection.hpp"
#include "http/reply.hpp"
#include "net/http.hpp"

namespace server {
namespace {

// The last chunk, and the trailers behind it.
void append_end(std::string& out, const decltype(Reply::trailers)& trailers) {
  out.append("0\r\n");
  if (trailers)
    for (const auto& [name, value] : trailers()) out.append(name).append(": ").append(value).append("\r\n");
  out.append("\r\n");
}

}  // namespace

// HTTP/1.0 knows no chunks.
bool Connection::ends_by_close(const Reply& reply) const {
  return reply.stream && !reply.length && request_->head.minor == 0;
}

// Without a length: chunked, or up to the close of the connection for clients that want it closed and hear
// nothing behind the body.
void Connection::begin_stream(Reply& reply, bool keep_alive) {
  answered_ = true;
  chunked_ = !reply.length && (keep_alive || (reply.trailers && request_->head.minor > 0));
  append_head(reply, keep_alive, reply.length);
  stream_->flush();
  if (request_->head.method == "HEAD") return;
  body_ = std::make_unique<Body>(Body{std::move(reply.stream), std::move(reply.trailers)});
}

agent::Task<> Connection::write_body() {
  enter(Phase::streaming);
  BodyWriter* writer = this;
  return body_->write(writer);
}

void Connection::end_body() {
  const std::unique_ptr<Body> body = std::move(body_);
  if (!chunked_) return;
  append_end(stream_->out(), body->trailers);
  stream_->flush();
}

void Connection::cut_body() {
  if (!body_) return;
  body_.reset();
  stream_->close();  // it must not look whole
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

}  // namespace server
