// setting_pattern: the expressions of FieldRules::pattern. Pure, any thread.
#pragma once

#include <string>

namespace agent {

// Whether the pattern, a POSIX extended regular expression over bytes, is found somewhere in the text. A text
// with a NUL in it has no match. Throws Errc::bad_config for a pattern that does not compile.
bool matches(const std::string& text, const std::string& pattern);

}  // namespace agent
