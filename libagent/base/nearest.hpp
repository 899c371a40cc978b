// nearest: the known name a mistyped one was probably meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The known name with the least distance, the first of several; none when every one differs in more than
// a third of its letters.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& known);

}  // namespace agent
