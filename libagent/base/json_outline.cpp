#include "base/json_outline.hpp"

#include <cstddef>

#include "agent/json_value.hpp"
#include "base/json_scan.hpp"

namespace agent::json {
namespace {

using Visit = std::function<void(const OutlinedMember&)>;

// Members of objects that are deeper, or in arrays, are not visited.
constexpr int kVisitedDepth = 2;

// Walker: the objects whose members are visited. As in json_scan.hpp, nullptr refuses.
class Walker {
 public:
  Walker(const char* end, const Visit& visit) : end_(end), visit_(visit) {}

  // Behind its brace; `depth`: of its members.
  const char* object(const char* at, int depth) {
    at = skip_blanks(at);
    if (*at == '}') return at + 1;
    for (;;) {
      at = member(at, depth);
      if (at == nullptr) return nullptr;
      at = skip_blanks(at);
      if (*at == '}') return at + 1;
      if (*at != ',') return nullptr;
      at = skip_blanks(at + 1);
    }
  }

 private:
  const char* member(const char* at, int depth) {
    if (*at != '"') return nullptr;
    const char* key = at + 1;
    const char* key_end = skip_string(key, end_);
    const char* first = key_end == nullptr ? nullptr : skip_colon(key_end);
    const char* last = first == nullptr ? nullptr : value(first, depth);
    if (last == nullptr) return nullptr;
    visit_({.depth = depth,
            .key = {key, static_cast<std::size_t>(key_end - 1 - key)},
            .value = {first, static_cast<std::size_t>(last - first)}});
    return last;
  }

  const char* value(const char* at, int depth) {
    if (*at == '{' && depth < kVisitedDepth) return object(at + 1, depth + 1);
    return skip_value(at, end_, kMaxDepth - depth);
  }

  const char* const end_;
  const Visit& visit_;
};

}  // namespace

bool outline(const std::string& text, const Visit& visit) {
  const char* end = text.data() + text.size();
  const char* at = skip_blanks(text.data());
  if (*at != '{') return false;
  at = Walker(end, visit).object(at + 1, 1);
  return at != nullptr && skip_blanks(at) == end;
}

}  // namespace agent::json
