// Addresses of sockets as text.
#pragma once

#include <string>

#include "socket_rows.hpp"

// "192.0.2.1:80", ":::80" for every IPv6 address, "0.0.0.0" without a port: as originals write them. The port
// stands behind the last colon.
std::string address_text(const SocketAddress& address, bool ipv6);
