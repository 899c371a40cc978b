// UTF-8 that comes from elsewhere: is it valid, and if not, what is shown of it. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace agent {

bool is_utf8(std::string_view text);

// The text with U+FFFD in the place of every byte that starts no valid sequence, as the JSON Writer writes
// it.
std::string repair_utf8(std::string_view text);

}  // namespace agent
