// The default gateway: /proc/net/route and /proc/net/ipv6_route. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace host {

// The gateway of the IPv4 default route with the lowest metric, "192.0.2.1"; without one that of IPv6; ""
// when there is none, as where the default route leads straight into a tunnel.
std::string find_gateway(std::string_view route, std::string_view ipv6_route);

}  // namespace host
