#include "base/own_environment.hpp"

extern char** environ;  // of POSIX; no header has to declare it

namespace agent {

const char* const* own_environment() {
  static constexpr const char* kNone = nullptr;
  return environ == nullptr ? &kNone : environ;
}

}  // namespace agent
