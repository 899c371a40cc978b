#include "store/etcd_stream.hpp"

#include <utility>

#include "agent/error.hpp"
#include "store/etcd_error.hpp"

namespace server::store {
namespace {

using agent::Errc;
using agent::Error;
using agent::Task;

constexpr std::size_t kMostRefusal = 64 * 1024;
// Questions that nobody reads: an embedded server does not, and says by itself that it lives.
constexpr std::size_t kMostUnread = 64 * 1024;

}  // namespace

EtcdStream::EtcdStream(std::unique_ptr<agent::net::Stream> stream, std::string host)
    : stream_(std::move(stream)),
      reader_(*stream_, agent::net::HttpParser::Kind::response),
      host_(std::move(host)) {}

Task<std::unique_ptr<EtcdStream>> EtcdStream::connect(agent::net::Loop& loop, agent::net::DialOptions dial) {
  std::string host = agent::host_port(agent::parse_address(dial.address));
  const Time deadline = agent::Clock::now() + dial.timeout;
  std::unique_ptr<agent::net::Stream> connection = co_await dial_stream(loop, std::move(dial), deadline);
  co_return std::unique_ptr<EtcdStream>(new EtcdStream(std::move(connection), std::move(host)));
}

std::string EtcdStream::head(const std::string& token, std::string_view message) const {
  const std::string length = std::to_string(message.size());
  agent::net::HeaderList headers{
      {"Host", host_}, {"Content-Type", "application/json"}, {"Grpc-Metadata-Hasleader", "true"}};
  if (!token.empty()) headers.emplace_back("Authorization", token);
  if (mode_ == Mode::questions) {
    headers.emplace_back("Transfer-Encoding", "chunked");
    headers.emplace_back("Expect", "100-continue");
  } else {
    headers.emplace_back("Content-Length", length);
  }
  std::string out;
  agent::net::write_request_head(out, "POST", "/v3/watch", headers);
  return out;
}

Task<> EtcdStream::begin(std::string token, std::string message, Mode mode, Time deadline) {
  mode_ = mode;
  expires_at(deadline);
  stream_->send(head(token, message));
  if (mode == Mode::one) stream_->send(message);
  send(message);
  return expect_success();
}

Task<> EtcdStream::expect_success() {
  std::optional<agent::net::HttpHead> head;
  do {
    head = co_await reader_.head();
  } while (head && head->status / 100 == 1);
  if (!head) throw Error(Errc::disconnected, "closed without an answer");
  if (head->status == 200) co_return;
  if (head->status == 417) throw Error(Errc::bad_message, "a proxy does not know Expect: 100-continue");
  std::string body;
  for (bool is_end = false; !is_end && body.size() < kMostRefusal;) {
    const std::string piece = co_await reader_.body();
    is_end = piece.empty();
    body += piece;
  }
  throw error_of(head->status, body);
}

void EtcdStream::send(std::string_view message) {
  if (mode_ != Mode::questions || stream_->queued() > kMostUnread) return;
  std::string chunk;
  agent::net::write_chunk(chunk, message);
  stream_->send(chunk);
}

Task<std::string> EtcdStream::line() {
  for (;;) {
    const std::size_t end = rest_.find('\n', searched_);
    if (end != std::string::npos) {
      std::string out = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      searched_ = 0;
      co_return out;
    }
    searched_ = rest_.size();
    if (rest_.size() > kMostLine) throw Error(Errc::too_large, "a line of a watch has more than 64 MiB");
    const std::string piece = co_await reader_.body();
    if (piece.empty()) throw Error(Errc::disconnected, "the watch's stream has ended");
    rest_ += piece;
  }
}

}  // namespace server::store
