// json_prefix: where the first of several JSON messages ends that a body has one behind the other.
#pragma once

#include <cstddef>
#include <string_view>

namespace server::door {

// The size of the text up to the end of its first object, with the blanks before it; 0 while that has not
// come. Text that begins with something else is one message whatever follows: all of it. Not checked further.
std::size_t json_prefix(std::string_view text);

}  // namespace server::door
