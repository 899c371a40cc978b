// Network addresses as text (agent/host.hpp has the machine's own). Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace agent::host {

// Lower-case pairs joined by colons; "" for no bytes or zeros only.
std::string format_mac(std::span<const std::uint8_t> address);

}  // namespace agent::host
