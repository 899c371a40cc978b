#include "net/http_get.hpp"

namespace agent::net {

Task<HttpHead> HttpGet::open() {
  Clock::time_point deadline = Clock::now() + options_.timeout;
  std::string host = host_port(parse_address(options_.address));
  stream_ = co_await dial_stream(loop_, options_, deadline);
  HeaderList headers{{"Host", host}, {"Connection", "close"}};
  if (!options_.user_agent.empty()) headers.emplace_back("User-Agent", options_.user_agent);
  for (const auto& [name, value] : headers_) headers.emplace_back(name, value);
  std::string request;
  write_request_head(request, "GET", target_, headers);
  stream_->send(request);
  reader_.emplace(*stream_, HttpParser::Kind::response);
  std::optional<HttpHead> head = co_await reader_->head();
  if (!head) throw Error(Errc::disconnected, "the server closed the connection without an answer");
  co_return std::move(*head);
}

Task<std::string> HttpGet::read() {
  stream_->expires_at(Clock::now() + idle_limit_);
  std::string piece = co_await reader_->body();
  co_return piece;
}

}  // namespace agent::net
