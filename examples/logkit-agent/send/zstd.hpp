// Compression of request bodies.
#pragma once

#include <string>
#include <string_view>

namespace logkit {

// The text as a file of zstd: a frame with the text's size and checksum.
std::string zstd(std::string_view text);

}  // namespace logkit
