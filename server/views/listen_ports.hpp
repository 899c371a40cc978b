// ListenPorts: what a proc's annotation says about TCP: {"ports":[{"srcport","dstport","proto"}]}.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/json.hpp"

namespace server::views {

struct PortCheck {
  std::string send;
  std::string expect;
  static void fields(auto& field) {
    field("send", &PortCheck::send);
    field("expect", &PortCheck::expect);
  }
};
struct ListenPort {
  std::int64_t source = 0;  // the one a router listens on
  std::int64_t target = 0;  // the container's
  PortCheck check;
  static void fields(auto& field) {
    field("srcport", &ListenPort::source);
    field("dstport", &ListenPort::target);
    field("healthcheck", &ListenPort::check);
  }
};
struct ListenPorts {
  std::vector<ListenPort> ports;
  static void fields(auto& field) { field("ports", &ListenPorts::ports); }
};

// In the order of their sources. An annotation that says nothing about ports, or is no JSON, has none.
inline std::vector<ListenPort> ports_of(const std::string& annotation) {
  try {
    std::vector<ListenPort> ports = agent::json::decode<ListenPorts>(annotation).ports;
    std::stable_sort(ports.begin(), ports.end(),
                     [](const ListenPort& a, const ListenPort& b) { return a.source < b.source; });
    return ports;
  } catch (const agent::Error&) {
    return {};
  }
}

}  // namespace server::views
