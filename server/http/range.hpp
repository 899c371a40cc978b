// range: which part of a content a request asks for (RFC 9110, 14). A decision without I/O.
#pragma once

#include <cstdint>
#include <string_view>

namespace server {

struct RangeAnswer {
  enum class Kind {
    whole,          // 200: no range, several ranges, or one that is to be ignored
    part,           // 206: `begin` to `end`
    unsatisfiable,  // 416
  };
  Kind kind = Kind::whole;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // behind the last byte
  bool operator==(const RangeAnswer&) const = default;
};

// `range`, `if_range`: the headers, "" when absent. `etag`: of the content, in its quotes.
RangeAnswer evaluate_range(std::string_view range, std::string_view if_range, std::string_view etag,
                           std::uint64_t size);

}  // namespace server
