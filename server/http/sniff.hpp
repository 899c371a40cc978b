// sniff_content_type: what a content looks like from its beginning, where nobody says what it is.
#pragma once

#include <cstddef>
#include <string_view>

namespace server {

// More than this is not looked at.
inline constexpr std::size_t kSniffBytes = 512;

// The media type of the common formats, "text/plain; charset=utf-8" for what has no control characters,
// else "application/octet-stream" (WHATWG MIME sniffing, 7.1, in short).
std::string_view sniff_content_type(std::string_view beginning);

}  // namespace server
