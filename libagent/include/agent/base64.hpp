// Base64 with the standard alphabet and padding (RFC 4648, section 4), strict.
#pragma once

#include <string>
#include <string_view>

namespace agent {

std::string encode_base64(std::string_view raw);
// Appends instead of making a text of its own.
void append_base64(std::string& out, std::string_view raw);

// Throws Errc::bad_message unless the text is what encode_base64 writes: no line breaks, complete padding, no
// bits beyond the data.
std::string decode_base64(std::string_view text);

// The size that a text of well-formed base64 decodes to.
std::size_t decoded_base64_size(std::string_view text);

}  // namespace agent
