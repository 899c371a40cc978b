// shown_text: what people are shown of a command line or a path that came from somebody.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace server {

// Credentials masked, at most `limit` bytes of it; "…(+N bytes)" behind them says how much was cut.
std::string shown_text(std::string_view text, std::size_t limit);

}  // namespace server
