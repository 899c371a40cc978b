// What a page of this repository tells its reader to type or to write.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace test {

// `page`: a path within the repository. The texts of its blocks of a language, "sh" or "nginx", in order.
std::vector<std::string> blocks_of(const std::string& page, const std::string& language);
// The lines of its "sh" blocks.
std::vector<std::string> shell_lines(const std::string& page);

// The text with each first by its second, everywhere. Throws when a first is not there: the page has
// changed, and the test is to follow.
std::string replaced(std::string text, const std::vector<std::pair<std::string, std::string>>& changes);
// The same, where a first may be missing.
std::string replaced_if_there(std::string text,
                              const std::vector<std::pair<std::string, std::string>>& changes);

}  // namespace test
