// The environment that this process runs in.
#pragma once

namespace agent {

// Its entries "KEY=value" where they are, a null pointer behind the last. Valid until another thread changes
// the environment.
const char* const* own_environment();

}  // namespace agent
