#include "core/build_info.hpp"

#define LIBAGENT_TEXT_OF(x) #x
#define LIBAGENT_TEXT(x) LIBAGENT_TEXT_OF(x)

namespace agent::core {

std::string_view tool_chain() {
#if defined(__clang__)
  return "c++ clang-" LIBAGENT_TEXT(__clang_major__) "." LIBAGENT_TEXT(__clang_minor__) "." LIBAGENT_TEXT(
      __clang_patchlevel__);
#else
  return "c++ gcc-" LIBAGENT_TEXT(__GNUC__) "." LIBAGENT_TEXT(__GNUC_MINOR__) "." LIBAGENT_TEXT(
      __GNUC_PATCHLEVEL__);
#endif
}

}  // namespace agent::core
