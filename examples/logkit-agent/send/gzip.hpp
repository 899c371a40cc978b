// gzip: compresses a text (RFC 1952).
#pragma once

#include <string>
#include <string_view>

namespace logkit {

// At the fastest level: the network is rarely the narrower place.
std::string gzip(std::string_view text);

}  // namespace logkit
