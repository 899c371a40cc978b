// Paths with * ? and [a-z] in any part. '*' and '?' do not match '/'; a '[' without its ']' is itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace logkit {

bool has_pattern(std::string_view path);
// `name` is one part of a path, or a whole path whose '/' are in the pattern, too.
bool matches_pattern(std::string_view pattern, std::string_view name);
// What exists, sorted. A directory that cannot be read has nothing in it; `why_not` gets the reason.
std::vector<std::string> expand_pattern(const std::string& pattern, std::string* why_not = nullptr);
// The paths of all that a directory has, in any order. One that is missing has nothing; so does one that
// cannot be read, and `why_not` gets the reason.
std::vector<std::string> entries_of(const std::string& directory, std::string* why_not = nullptr);
// The directories in which a match may appear: those that exist, and of what is missing the nearest one that
// exists.
std::vector<std::string> pattern_directories(const std::string& pattern);

}  // namespace logkit
