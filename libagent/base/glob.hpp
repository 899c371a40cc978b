// glob: file names by pattern, with * ? and [a-z] in any part of a path.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

bool is_glob(std::string_view pattern);
// '*' and '?' do not match '/'. A '[' without its ']' matches nothing.
bool glob_match(std::string_view pattern, std::string_view name);
// What exists, sorted by name; empty when there is nothing. Names that begin with '.' match like others.
std::vector<std::string> glob(const std::string& pattern);

}  // namespace agent
