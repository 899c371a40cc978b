// Paths as text. A name on a Unix file system is bytes; JSON and people want UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace agent {

// How a path is shown: UTF-8 as it is. In any other one, "%E9" stands for a byte that belongs to no UTF-8
// character, and "%25" for "%". In a URL the bytes that a percent-encoded path means are written the same
// way.
std::string path_text(std::string_view path);

// The path that path_text() shows so: "%80" to "%FF" and "%25" are bytes, everything else stands for itself.
// It has as many separators and dots as the text, and leads nowhere else.
std::string path_bytes(std::string_view text);

// The file or directory that `text` names on this machine, where a name may be written as path_text() shows
// it: each part of the path is taken literally if there is such an entry, else as bytes if there is that
// one, else literally. Blocks on the file system.
std::string find_shown_path(std::string_view text);

}  // namespace agent
