#include "store/store_address.hpp"

#include <string_view>

#include "agent/error.hpp"
#include "base/server_address.hpp"

namespace server::store {
namespace {

constexpr std::string_view kPort = "2379";
constexpr std::string_view kPrefix = "agent";

[[noreturn]] void fail(const std::string& why) {
  throw agent::Error(agent::Errc::bad_config, "store: " + why + "; want data_dir or etcd://host,host/prefix");
}

std::string endpoint_of(std::string_view text) {
  if (text.empty()) fail("an endpoint is empty");
  std::string out(text);
  const std::size_t bracket = out.rfind(']');
  const std::size_t colon = out.rfind(':');
  const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
  if (!has_port) out.append(":").append(kPort);
  try {
    return agent::host_port(agent::parse_address(out));
  } catch (const agent::Error&) {
    fail("endpoint '" + std::string(text) + "' is no host:port");
  }
}

std::string prefix_of(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('\0') != std::string_view::npos) fail("the prefix has a NUL");
  return std::string(text.empty() ? kPrefix : text);
}

}  // namespace

StoreAddress parse_store_address(const std::string& text) {
  StoreAddress out;
  if (text == "data_dir") return out;
  std::string_view rest = text;
  out.is_tls = rest.starts_with("etcds://");
  if (!out.is_tls && !rest.starts_with("etcd://")) fail("not understood");
  rest.remove_prefix(rest.find("://") + 3);
  const std::size_t slash = rest.find('/');
  std::string_view hosts = rest.substr(0, slash);
  if (hosts.find('@') != std::string_view::npos) fail("user and password are settings of their own");
  out.prefix = prefix_of(slash == std::string_view::npos ? std::string_view() : rest.substr(slash));
  for (;;) {
    const std::size_t comma = hosts.find(',');
    out.endpoints.push_back(endpoint_of(hosts.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    hosts.remove_prefix(comma + 1);
  }
}

}  // namespace server::store
