// Addresses as the kernel writes them in /proc/net. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace host {

// "010200C0" on a little-endian machine is "192.0.2.1"; "" for anything else.
std::string ipv4_from_hex(std::string_view word);
// "fe800000000000000000000000000001" is "fe80::1"; "" for anything else.
std::string ipv6_from_hex(std::string_view word);
// "192.0.2.1" as a number of which higher bits come first; 0 for anything else.
std::uint32_t ipv4_number(std::string_view text);

}  // namespace host
