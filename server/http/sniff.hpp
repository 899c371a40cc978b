// sniff_content_type: what a content looks like from its beginning, where nobody says what it is.
#pragma once

#include <cstddef>
#include <string_view>

namespace server {

// More than this is not looked at.
inline constexpr std::size_t kSniffBytes = 512;

// The media type of the formats that the WHATWG's MIME Sniffing Standard knows (sections 6 and 7.1), as the
// originals guess it; "text/plain; charset=utf-8" for what has no control characters, else
// "application/octet-stream". Never a type that browsers run in our name: HTML and XML are text/plain, too.
std::string_view sniff_content_type(std::string_view beginning);

}  // namespace server
