// Percent-encoding (RFC 3986, 2.1).
#pragma once

#include <string>
#include <string_view>

namespace agent {

// "%41" is "A"; what is no escape stays. `plus_is_space`: as in the queries of forms.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

}  // namespace agent
