#include "listen_report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "agent/log.hpp"

namespace server {
namespace {

std::string address_text(const ListenAddress& listen, std::uint16_t port) {
  const bool is_ipv6 = listen.address.find(':') != std::string::npos;
  const std::string host = listen.address.empty() ? "[::]"
                           : is_ipv6              ? "[" + listen.address + "]"
                                                  : listen.address;
  return fmt::format("{}:{}", host, port);
}

void announce(const std::string& address) {
  agent::log::info("agent-server {} listens on {}", AGENT_SERVER_VERSION, address);
  fmt::print("listening on {}\n", address);
  std::fflush(stdout);
}

}  // namespace

void tell_address(const ListenNews& news, const ListenAddress& listen, agent::host::RunReport& report) {
  if (news.kind == ListenNews::Kind::waiting)
    return report.waiting(address_text(listen, listen.port), news.why);
  const std::string address = address_text(listen, news.port);
  report.listening(address);
  announce(address);
}

}  // namespace server
