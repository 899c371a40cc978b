// The last line of each definition that we write. It tells ours from others', and an edited one from one that
// is as we left it: "# agent-service sha256:…".
#pragma once

#include <string>
#include <string_view>

namespace agent::host {

enum class DefinitionOwner {
  ours,    // as we wrote it
  edited,  // ours, and changed since
  other,   // no stamp
};

// `text` with the stamp behind it. `text` ends with a newline.
std::string stamp_definition(std::string_view text);
DefinitionOwner owner_of_definition(std::string_view stamped);

}  // namespace agent::host
