// HttpRequester: requests to one server, one after the other, on a connection that is kept between them.
//
//   HttpRequester server(loop, options);
//   HttpRequest request{.target = "/api/agents"};
//   HttpHead head = co_await server.send(request);
//   for (std::string piece = co_await server.read(); !piece.empty(); piece = co_await server.read())
//   use(piece);
//
// Belongs to its loop. Destroying it closes the connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "net/byte_stream.hpp"
#include "net/dial.hpp"
#include "net/http.hpp"

namespace agent::net {

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};  // sent with its length, unless it is empty and the method is GET, HEAD or DELETE
  // Instead of `body`: exactly `content_length` bytes, which are read while they are sent. An answer that
  // comes earlier ends the sending. What read() throws ends the request.
  std::shared_ptr<ByteSource> content{};
  std::uint64_t content_length = 0;
  // It may arrive twice, as a GET may. Not with `content`, which is read once.
  bool is_repeatable = false;
  // It goes on a kept connection although it is not repeatable: if that is dead, it fails as disconnected and
  // may have arrived.
  bool may_be_lost = false;
};

class HttpRequester final : public ByteSource {
 public:
  // It uses address, token (as "Authorization: Bearer"), user agent, TLS and proxy of `options`; the time-out
  // is for the way to the server, and then for the answer's head once the request has been sent. The loop
  // must outlive it.
  HttpRequester(Loop& loop, DialOptions options) : loop_(loop), options_(std::move(options)) {}

  // The connection is closed when nothing of a body comes or leaves for so long.
  void set_idle_limit(std::chrono::milliseconds limit) { idle_limit_ = limit; }
  // For the heads of the next answers, instead of options.timeout.
  void set_answer_limit(std::chrono::milliseconds limit) { answer_limit_ = limit; }

  // The head of the answer, whatever its status; redirects are not followed. What is left of the body before
  // is given up with its connection. GET, HEAD and what is repeatable are sent again, once, if a connection
  // that was kept turns out to be dead; other requests get a connection of their own. Throws as dial(), and
  // timeout, disconnected, bad_message (no HTTP). One caller at a time.
  Task<HttpHead> send(HttpRequest request);

  // The next piece of the body, at most 64 KiB, "" at its end. Throws disconnected (also when the body is cut
  // short), timeout, bad_message.
  Task<std::string> read() override;
  // What is left of the body. Throws too_large beyond `most` bytes, and as read().
  Task<std::string> read_all(std::size_t most);

  // The body was read to its end, and the connection is there for the next request.
  bool can_go_on() const;

  // Whoever waits gets disconnected.
  void close();

 private:
  Task<HttpHead> exchange(HttpRequest* request);
  struct Pouring;
  static Task<> pour(std::shared_ptr<Pouring> pouring);
  Task<HttpHead> answer_to_content(HttpRequest* request, bool has_no_body);
  Task<> connect();
  Task<HttpHead> answer(bool has_no_body);
  std::string head_of(const HttpRequest& request) const;

  Loop& loop_;
  DialOptions options_;
  std::chrono::milliseconds idle_limit_{30000};
  std::optional<std::chrono::milliseconds> answer_limit_;
  std::unique_ptr<Stream> stream_;
  std::optional<HttpReader> reader_;
  bool keeps_alive_ = false;
};

}  // namespace agent::net
