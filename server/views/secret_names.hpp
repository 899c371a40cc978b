// Names of settings that only super callers see (cluster reference, A.7): those that begin so.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace server::views {

inline constexpr std::array<std::string_view, 17> kSecretNames{"swarm_manager_ip",
                                                               "super_apps",
                                                               "dnsmasq_servers",
                                                               "calico_default_rule",
                                                               "calico_network",
                                                               "dnsmasq_addresses",
                                                               "ssl",
                                                               "vips",
                                                               "tinydns_fqdns",
                                                               "bootstrap_node_ip",
                                                               "dns_port",
                                                               "vip",
                                                               "system_volumes",
                                                               "etcd_cluster_token",
                                                               "rsyncd_secrets",
                                                               "dns_ip",
                                                               "node_network"};

inline bool is_secret_name(std::string_view name) {
  const auto begins = [name](std::string_view secret) { return name.starts_with(secret); };
  return std::any_of(kSecretNames.begin(), kSecretNames.end(), begins);
}

}  // namespace server::views
