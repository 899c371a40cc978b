// shell_word: text as one word of a POSIX shell.
#pragma once

#include <string>
#include <string_view>

namespace agent::host {

// As it is when no character means anything to a shell, else between single quotes.
std::string shell_word(std::string_view text);

}  // namespace agent::host
