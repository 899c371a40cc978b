// read_file: a whole file as text.
#pragma once

#include <string>

namespace agent {

// Throws Errc::io, and Errc::too_large beyond `max_size` bytes.
std::string read_file(const std::string& path, std::size_t max_size);

}  // namespace agent
