#include "net/http_requester.hpp"

#include <exception>
#include <utility>

#include "net/spawn.hpp"

namespace agent::net {
namespace {

// Bytes of a content that wait for the network.
constexpr std::size_t kContentAhead = 256 * 1024;

bool is_safe(const HttpRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

bool may_repeat(const HttpRequest& request) {
  return is_safe(request) || (request.is_repeatable && !request.content);
}

bool has_body(const HttpRequest& request) {
  return request.content || !request.body.empty() || !(is_safe(request) || request.method == "DELETE");
}

}  // namespace

Task<HttpHead> HttpRequester::send(HttpRequest request) {
  const bool is_kept = can_go_on() && may_repeat(request);
  if (!is_kept && !(can_go_on() && request.may_be_lost)) co_await connect();
  std::optional<HttpHead> head;
  try {
    head = co_await exchange(&request);
  } catch (const Error& error) {
    close();
    if (!is_kept || error.code() != Errc::disconnected) throw;
  }
  if (!head) {  // nothing is wrong with a server that closed an idle connection
    co_await connect();
    head = co_await exchange(&request);
  }
  co_return std::move(*head);
}

Task<HttpHead> HttpRequester::exchange(HttpRequest* request) {
  keeps_alive_ = false;  // until the answer says so
  stream_->expires_at(Clock::now() + idle_limit_);
  stream_->send(head_of(*request));
  stream_->send(request->body);
  const bool has_no_body = request->method == "HEAD";
  HttpHead head;
  if (request->content) {
    head = co_await answer_to_content(request, has_no_body);
  } else {
    head = co_await answer(has_no_body);
  }
  co_return head;
}

// A content under way. It is sent beside the wait for the answer, which a server that refuses gives before
// it has read everything.
struct HttpRequester::Pouring {
  std::shared_ptr<ByteSource> content;
  Stream* stream;  // null once the answer is there
  std::chrono::milliseconds idle_limit;
  std::chrono::milliseconds answer_limit;
  std::exception_ptr failure{};
  bool is_whole = false;
};

Task<HttpHead> HttpRequester::answer_to_content(HttpRequest* request, bool has_no_body) {
  const std::chrono::milliseconds limit = answer_limit_.value_or(options_.timeout);
  const std::shared_ptr<Pouring> pouring(new Pouring{request->content, stream_.get(), idle_limit_, limit});
  // The requester may end while this waits.
  const std::shared_ptr<void> end(nullptr, [pouring](void*) { pouring->stream = nullptr; });
  spawn(loop_, pour(pouring), [pouring](std::exception_ptr thrown) {
    if (!thrown || pouring->stream == nullptr) return;
    pouring->failure = thrown;
    pouring->stream->close();
  });
  HttpHead head;
  try {
    head = co_await answer(has_no_body);
  } catch (const Error&) {
    if (pouring->failure) std::rethrow_exception(pouring->failure);
    throw;
  }
  if (!pouring->is_whole) keeps_alive_ = false;
  co_return head;
}

Task<> HttpRequester::pour(std::shared_ptr<Pouring> pouring) {
  for (;;) {
    const std::string piece = co_await pouring->content->read();
    if (pouring->stream == nullptr) co_return;
    const bool is_end = piece.empty();
    pouring->stream->expires_at(Clock::now() + (is_end ? pouring->answer_limit : pouring->idle_limit));
    pouring->is_whole = is_end;
    if (is_end) co_return;
    pouring->stream->send(piece);
    std::size_t limit = kContentAhead;
    co_await pouring->stream->room(limit);
    if (pouring->stream == nullptr) co_return;
  }
}

Task<> HttpRequester::connect() {
  const Clock::time_point deadline = Clock::now() + options_.timeout;
  std::unique_ptr<Stream> stream = co_await dial_stream(loop_, options_, deadline);
  reader_.reset();
  stream_ = std::move(stream);
  reader_.emplace(*stream_, HttpParser::Kind::response);
}

std::string HttpRequester::head_of(const HttpRequest& request) const {
  const std::string host = host_port(parse_address(options_.address));
  const std::string authorization = "Bearer " + options_.token;
  const std::string length =
      std::to_string(request.content ? request.content_length : std::uint64_t{request.body.size()});
  HeaderList headers{{"Host", host}};
  if (!options_.user_agent.empty()) headers.emplace_back("User-Agent", options_.user_agent);
  if (!options_.token.empty()) headers.emplace_back("Authorization", authorization);
  for (const auto& [name, value] : request.headers) headers.emplace_back(name, value);
  if (has_body(request)) headers.emplace_back("Content-Length", length);
  std::string head;
  write_request_head(head, request.method, request.target, headers);
  return head;
}

Task<HttpHead> HttpRequester::answer(bool has_no_body) {
  stream_->expires_at(Clock::now() + answer_limit_.value_or(options_.timeout));
  if (has_no_body) reader_->parser().expect_no_body();
  std::optional<HttpHead> head;
  try {
    do {
      head = co_await reader_->head();
    } while (head && head->status / 100 == 1 && head->status != 101);
  } catch (const HttpFault& fault) {
    throw Error(Errc::bad_message, std::string("the answer is not HTTP: ") + fault.what());
  }
  if (!head) throw Error(Errc::disconnected, "the server closed the connection without an answer");
  keeps_alive_ = head->keep_alive && !head->upgrade;
  if (reader_->at_end()) stream_->expires_at(Clock::time_point::max());
  co_return std::move(*head);
}

Task<std::string> HttpRequester::read() {
  if (!reader_ || reader_->at_end()) co_return std::string();
  stream_->expires_at(Clock::now() + idle_limit_);
  std::string piece = co_await reader_->body();
  if (reader_->at_end()) stream_->expires_at(Clock::time_point::max());
  co_return piece;
}

Task<std::string> HttpRequester::read_all(std::size_t most) {
  std::string text;
  for (;;) {
    const std::string piece = co_await read();
    if (piece.empty()) co_return text;
    if (piece.size() > most - text.size())
      throw Error(Errc::too_large, "the answer has more than " + std::to_string(most) + " bytes");
    text += piece;
  }
}

bool HttpRequester::can_go_on() const {
  return stream_ && stream_->is_open() && keeps_alive_ && reader_->at_end();
}

void HttpRequester::close() {
  keeps_alive_ = false;
  if (stream_) stream_->close();
}

}  // namespace agent::net
