#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <agent/error.hpp>
#include <array>
#include <charconv>

#include "stream_address.hpp"

namespace logkit {
namespace {

using Kind = StreamAddress::Kind;

struct Scheme {
  std::string_view name;
  Kind kind;
  int family;  // 0: either
};
constexpr std::array kSchemes{
    Scheme{"tcp", Kind::tcp, 0},          Scheme{"tcp4", Kind::tcp, 4},
    Scheme{"tcp6", Kind::tcp, 6},         Scheme{"udp", Kind::udp, 0},
    Scheme{"udp4", Kind::udp, 4},         Scheme{"udp6", Kind::udp, 6},
    Scheme{"unix", Kind::unix_stream, 0}, Scheme{"unixgram", Kind::unix_datagram, 0}};

[[noreturn]] void fail(std::string_view text, const std::string& why) {
  throw agent::Error(agent::Errc::bad_config, "'" + std::string(text) + "' " + why);
}

const Scheme& find_scheme(std::string_view text, std::string_view& rest) {
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos) fail(text, "is no address such as tcp://127.0.0.1:5140");
  rest = text.substr(end + 3);
  for (const Scheme& scheme : kSchemes)
    if (scheme.name == text.substr(0, end)) return scheme;
  fail(text, "has an unknown scheme; known are tcp, tcp4, tcp6, udp, udp4, udp6, unix, unixgram");
}

bool is_numeric(int family, const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(family, host.c_str(), &ignored) == 1;
}

void read_host(std::string_view text, std::string_view host, int family, StreamAddress& out) {
  out.has_host = !host.empty();
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  out.is_ipv6 = family == 6 || host.find(':') != std::string_view::npos;
  out.host = host;
  if (host.empty() || host == "localhost") out.host = out.is_ipv6 ? "::1" : "127.0.0.1";
  if (family == 4 && out.is_ipv6) fail(text, "has an address of IPv6");
  if (!is_numeric(out.is_ipv6 ? AF_INET6 : AF_INET, out.host)) fail(text, "has no numeric address");
}

void read_path(std::string_view text, std::string_view path, StreamAddress& out) {
  if (!path.starts_with('/') || path.ends_with('/')) fail(text, "has no absolute path of a socket");
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    fail(text, "has a path of more than " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  if (path.find('\0') != std::string_view::npos) fail(text, "has a NUL byte");
  out.path = path;
}

}  // namespace

StreamAddress parse_stream_address(std::string_view text) {
  std::string_view rest;
  const Scheme& scheme = find_scheme(text, rest);
  StreamAddress out;
  out.kind = scheme.kind;
  if (out.is_unix()) {
    read_path(text, rest, out);
    return out;
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.ends_with(']')) fail(text, "has no port");
  const std::string_view port = rest.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) fail(text, "has no port from 0 to 65535");
  read_host(text, rest.substr(0, colon), scheme.family, out);
  return out;
}

std::string to_text(const StreamAddress& address) {
  if (address.is_unix())
    return (address.kind == Kind::unix_stream ? "unix://" : "unixgram://") + address.path;
  const std::string host = address.is_ipv6 ? "[" + address.host + "]" : address.host;
  return (address.kind == Kind::tcp ? "tcp://" : "udp://") + host + ":" + std::to_string(address.port);
}

}  // namespace logkit
