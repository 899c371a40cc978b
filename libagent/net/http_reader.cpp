#include "net/byte_stream.hpp"
#include "net/http.hpp"

namespace agent::net {

HttpReader::HttpReader(Stream& stream, HttpParser::Kind kind, const HttpLimits& limits)
    : stream_(stream), parser_(kind, limits) {}

Task<HttpParser::Event> HttpReader::next() {
  for (;;) {
    if (!rest_.empty()) {
      HttpParser::Event event = parse_rest();
      if (event != HttpParser::Event::need_more) co_return event;
    }
    std::span<char> bytes = co_await stream_.read();
    if (bytes.empty()) {
      if (parser_.finish()) co_return HttpParser::Event::end;
      throw Error(Errc::disconnected, "the peer closed the connection");
    }
    HttpParser::Event event = parser_.parse(bytes);
    if (event == HttpParser::Event::body) piece_ = parser_.body();
    rest_.assign(bytes.data(), bytes.size());  // the loop's buffer is lost at the next wait
    if (event != HttpParser::Event::need_more) co_return event;
  }
}

HttpParser::Event HttpReader::parse_rest() {
  std::span<char> bytes(rest_.data() + rest_used_, rest_.size() - rest_used_);
  HttpParser::Event event = parser_.parse(bytes);
  if (event == HttpParser::Event::body) piece_ = parser_.body();
  rest_used_ = rest_.size() - bytes.size();
  if (bytes.empty()) {
    std::string().swap(rest_);
    rest_used_ = 0;
  }
  return event;
}

Task<std::optional<HttpHead>> HttpReader::head() {
  try {
    co_await next();  // always a head
    at_end_ = parser_.take_end();
  } catch (const Error& error) {
    if (error.code() == Errc::disconnected && parser_.is_idle()) co_return std::nullopt;
    throw;
  }
  co_return std::move(parser_.head());
}

Task<std::string> HttpReader::body() {
  if (at_end_) co_return std::string();
  HttpParser::Event event = co_await next();
  at_end_ = event == HttpParser::Event::end || parser_.take_end();
  if (event == HttpParser::Event::end) co_return std::string();
  co_return std::move(piece_);
}

std::optional<std::string> HttpReader::take_body(std::uint64_t size) {
  if (at_end_) return std::string();
  if (rest_.size() - rest_used_ < size) return std::nullopt;
  parse_rest();
  at_end_ = parser_.take_end();
  return std::move(piece_);
}

std::string HttpReader::take_rest() {
  std::string rest = rest_.substr(rest_used_);
  std::string().swap(rest_);
  rest_used_ = 0;
  return rest;
}

}  // namespace agent::net
