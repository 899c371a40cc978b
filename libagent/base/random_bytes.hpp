// Random bytes from the system's secure source.
#pragma once

#include <span>

namespace agent {

// Fills `bytes`. Throws Errc::io when there is no such source.
void fill_random(std::span<unsigned char> bytes);

}  // namespace agent
