#include "base/json_scan.hpp"

#include <cstdint>

namespace agent::json {

// Without recursion, so that all of it stays in registers: one bit for each open level says whether it is an
// object.
const char* skip_value(const char* at, const char* end, int levels) {
  std::uint64_t objects = 0;
  int open = 0;
  for (;;) {
    if (*at == '{' || *at == '[') {
      const bool is_object = *at == '{';
      if (++open > levels) return nullptr;
      objects = objects << 1U | std::uint64_t{is_object};
      at = skip_blanks(at + 1);
      if (*at != (is_object ? '}' : ']')) {
        if (is_object) at = skip_key(at, end);
        if (at == nullptr) return nullptr;
        continue;
      }
    } else {
      at = skip_scalar(at, end);
      if (at == nullptr) return nullptr;
    }
    // A value has ended, or an empty array or object is about to.
    for (; open > 0; --open, objects >>= 1U, ++at) {
      at = skip_blanks(at);
      if (*at == ',') break;
      if (*at != ((objects & 1U) != 0 ? '}' : ']')) return nullptr;
    }
    if (open == 0) return at;
    at = skip_blanks(at + 1);
    if ((objects & 1U) != 0) at = skip_key(at, end);
    if (at == nullptr) return nullptr;
  }
}

}  // namespace agent::json
