// The machine's network addresses. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace agent::host {

// The hardware address of the interface that owns the IPv4 or IPv6 address `ip`, as
// "02:00:5e:10:00:01". "" when there is none: loopback, a tunnel, an address that is not ours, no address.
// Asks the kernel, waits for nothing. Throws Errc::io when the kernel refuses.
std::string mac_of(std::string_view ip);

// Lower-case pairs joined by colons; "" for no bytes or zeros only.
std::string format_mac(std::span<const std::uint8_t> address);

}  // namespace agent::host
