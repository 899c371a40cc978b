// range: which part of a content a request asks for (RFC 9110, 14). Decisions without I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/reply.hpp"

namespace server {

// What a Range header says before anybody knows how long the content is: `last` bytes at its end, or those
// from `first` up to and with `final`.
struct RangeWish {
  std::optional<std::uint64_t> last;
  std::uint64_t first = 0;
  std::optional<std::uint64_t> final;  // none: up to the end
};
// nullopt: no range, several ranges, or one that is to be ignored.
std::optional<RangeWish> parse_range(std::string_view range);

// Whether an If-Range header lets a range of the content `etag` through: there is none, or it has this very
// tag, and that is strong. A date never does: it has whole seconds, and is weak.
bool if_range_holds(std::string_view if_range, std::string_view etag);

struct RangeAnswer {
  enum class Kind {
    whole,          // 200
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

// A reply with the status, Content-Range and length for this part of `size` bytes; the bounds of a whole
// content are filled in. Type, further headers and content are the caller's, unless it is 416.
Reply start_ranged_reply(RangeAnswer& range, std::uint64_t size);

}  // namespace server
