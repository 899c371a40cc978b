// Patterns for names: * for anything, ? for one character, [a-z] and [!a-z] for one of some. Pure; any
// thread.
#pragma once

#include <string>

namespace host {

// The pattern fits the whole name. '*' and '?' stand for '/' as well.
bool matches_pattern(const std::string& pattern, const std::string& name);

}  // namespace host
