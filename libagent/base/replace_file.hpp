// replace_file: new content for an existing file, all of it or nothing.
#pragma once

#include <string>
#include <string_view>

namespace agent {

// Writes a temporary file beside it, with the mode and the owner of the original and readable for nobody else
// at any time, syncs file and directory, and renames. A link's target is replaced. Throws Errc::io; the
// file is unchanged then.
void replace_file(const std::string& path, std::string_view content);

}  // namespace agent
