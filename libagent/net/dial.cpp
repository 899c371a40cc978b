#include "net/dial.hpp"

#include <asio/connect.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <charconv>

#include "agent/base64.hpp"
#include "net/extensions.hpp"
#include "net/http.hpp"

namespace agent::net {
namespace {

using asio::ip::tcp;

constexpr std::size_t kRefusalText = 200;  // bytes of a refusal's body that go into the error

// Closes the socket of an attempt that takes too long; only TCP needs it, a Stream has its own deadline.
class ConnectLimit final : public Expiring {
 public:
  ConnectLimit(Loop& loop, tcp::resolver& resolver, tcp::socket& socket, Clock::time_point at)
      : loop_(loop), resolver_(resolver), socket_(socket) {
    deadline = at;
    loop_.watch(*this);
  }
  ~ConnectLimit() { loop_.remove(*this); }
  ConnectLimit(const ConnectLimit&) = delete;
  ConnectLimit& operator=(const ConnectLimit&) = delete;

  void expire() override {
    expired = true;
    resolver_.cancel();
    asio::error_code ignored;
    socket_.close(ignored);
  }

  bool expired = false;

 private:
  Loop& loop_;
  tcp::resolver& resolver_;
  tcp::socket& socket_;
};

ConnectFailed::Cause cause_of(const asio::error_code& error) {
  if (error.category() == asio::error::get_netdb_category() ||
      error.category() == asio::error::get_addrinfo_category()) {
    return ConnectFailed::Cause::no_address;
  }
  return error == asio::error::connection_refused ? ConnectFailed::Cause::refused
                                                  : ConnectFailed::Cause::unreachable;
}

[[noreturn]] void fail_connect(const Address& address, bool expired, const asio::error_code& error) {
  std::string what = "connect " + address.host + ":" + address.port + ": ";
  if (expired) throw Error(Errc::timeout, what + "no answer in time");
  throw ConnectFailed(cause_of(error), what + error.message());
}

// Nothing for a name, which takes a resolver, and Asio's resolver a thread.
std::optional<tcp::resolver::results_type> numeric_endpoint(const Address& address) {
  asio::error_code is_name;
  const asio::ip::address ip = asio::ip::make_address(address.host, is_name);
  if (is_name) return std::nullopt;
  const tcp::endpoint endpoint(ip, static_cast<unsigned short>(std::stoi(address.port)));
  return tcp::resolver::results_type::create(endpoint, address.host, address.port);
}

Task<tcp::socket> connect(Loop& loop, Address address, Clock::time_point deadline) {
  tcp::resolver resolver(loop.io());
  tcp::socket socket(loop.io());
  ConnectLimit limit(loop, resolver, socket, deadline);
  asio::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::optional<tcp::resolver::results_type> found = numeric_endpoint(address);
  if (!found) found = co_await resolver.async_resolve(address.host, address.port, token);
  if (error) fail_connect(address, limit.expired, error);
  co_await asio::async_connect(socket, *found, token);
  if (error || limit.expired) fail_connect(address, limit.expired, error);
  co_return socket;
}

std::string basic_credentials(const std::string& user_and_password) {
  return "Basic " + encode_base64(user_and_password);
}

Task<> open_tunnel(Stream& stream, Proxy proxy, Address target) {
  std::string host = host_port(target);
  std::string credentials = basic_credentials(proxy.credentials);
  HeaderList headers{{"Host", host}};
  if (!proxy.credentials.empty()) headers.emplace_back("Proxy-Authorization", credentials);
  std::string head;
  write_request_head(head, "CONNECT", host, headers);
  stream.send(head);

  HttpReader reader(stream, HttpParser::Kind::response);
  reader.parser().expect_no_body();
  std::optional<HttpHead> answer = co_await reader.head();
  if (!answer || answer->status / 100 != 2) {
    int status = answer ? answer->status : 0;
    throw Error(Errc::refused,
                "proxy " + host_port(proxy.address) + ": CONNECT was answered " + std::to_string(status));
  }
}

std::optional<std::chrono::seconds> retry_after_of(const HttpHead& response) {
  std::string_view text = response.header("retry-after");
  long seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

Task<> throw_refusal(HttpReader& reader, HttpHead response) {
  std::string text;
  try {
    while (text.size() < kRefusalText) {
      std::string piece = co_await reader.body();
      if (piece.empty()) break;
      text += piece;
    }
  } catch (const Error&) {
    // The status says enough.
  }
  text.resize(std::min(text.size(), kRefusalText));
  std::string message = "the server answered " + std::to_string(response.status) + " " + response.reason;
  if (!text.empty()) message += ": " + text;
  DialRefused refusal(response.status, message);
  refusal.retry_after = retry_after_of(response);
  throw refusal;
}

// The head of the answer to our request. What listens there may be anything.
Task<HttpHead> read_answer(HttpReader& reader) {
  std::optional<HttpHead> response;
  try {
    response = co_await reader.head();
  } catch (const HttpFault& fault) {
    throw Error(Errc::bad_message, std::string("the answer is not HTTP: ") + fault.what());
  }
  if (!response) throw Error(Errc::disconnected, "the server closed the connection without an answer");
  co_return std::move(*response);
}

std::string upgrade_request(const DialOptions& options, const Address& address, std::string_view key) {
  std::string host = host_port(address);
  std::string offer = deflate_offer();
  std::string authorization = "Bearer " + options.token;
  HeaderList headers{{"Host", host},
                     {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", key}};
  if (options.deflate) headers.emplace_back("Sec-WebSocket-Extensions", offer);
  if (!options.user_agent.empty()) headers.emplace_back("User-Agent", options.user_agent);
  if (!options.token.empty()) headers.emplace_back("Authorization", authorization);
  std::string head;
  write_request_head(head, "GET", options.path, headers);
  return head;
}

std::unique_ptr<Tls> make_tls(const DialOptions& options, const Address& address) {
  if (!address.tls) return nullptr;
  if (!options.tls) throw Error(Errc::bad_config, "wss without TLS settings");
  return std::make_unique<Tls>(options.tls, false, address.host);
}

}  // namespace

Task<std::unique_ptr<Stream>> dial_stream(Loop& loop, DialOptions options, Clock::time_point deadline) {
  Address address = parse_address(options.address);
  Proxy proxy;
  if (!options.proxy.empty()) proxy = parse_proxy(options.proxy);
  Address first_hop = options.proxy.empty() ? address : proxy.address;

  tcp::socket socket = co_await connect(loop, first_hop, deadline);
  std::unique_ptr<Tls> tls = make_tls(options, address);
  auto stream = std::make_unique<Stream>(loop, std::move(socket));
  stream->expires_at(deadline);
  if (!options.proxy.empty()) co_await open_tunnel(*stream, proxy, address);
  if (tls) stream->start_tls(std::move(tls));
  co_await stream->handshake();
  co_return stream;
}

Task<std::unique_ptr<WebSocket>> dial(Loop& loop, DialOptions options) {
  Clock::time_point deadline = Clock::now() + options.timeout;
  std::unique_ptr<Stream> stream = co_await dial_stream(loop, options, deadline);
  Address address = parse_address(options.address);
  std::string key = make_upgrade_key();
  stream->send(upgrade_request(options, address, key));
  HttpReader reader(*stream, HttpParser::Kind::response);
  HttpHead response = co_await read_answer(reader);
  if (response.status != 101) co_await throw_refusal(reader, response);

  WebSocketOptions chosen;
  chosen.deflate = check_upgrade(response, key, options.deflate);
  chosen.max_message = options.max_message;
  stream->expires_at(Clock::time_point::max());
  std::string rest = reader.take_rest();
  co_return std::make_unique<WebSocket>(std::move(stream), chosen, std::move(rest));
}

}  // namespace agent::net
