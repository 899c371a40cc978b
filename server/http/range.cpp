#include "http/range.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace server {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

RangeAnswer part(std::uint64_t begin, std::uint64_t end) { return {RangeAnswer::Kind::part, begin, end}; }

constexpr RangeAnswer kUnsatisfiable{RangeAnswer::Kind::unsatisfiable, 0, 0};

// "-500": the last 500 bytes.
RangeAnswer suffix(std::string_view length_text, std::uint64_t size) {
  std::optional<std::uint64_t> length = parse_number(length_text);
  if (!length) return {};
  if (*length == 0 || size == 0) return kUnsatisfiable;
  return part(size - std::min(*length, size), size);
}

}  // namespace

RangeAnswer evaluate_range(std::string_view range, std::string_view if_range, std::string_view etag,
                           std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!range.starts_with(kUnit) || (!if_range.empty() && if_range != etag)) return {};
  range.remove_prefix(kUnit.size());
  std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  if (dash == 0) return suffix(range.substr(1), size);
  std::optional<std::uint64_t> first = parse_number(range.substr(0, dash));
  std::string_view last_text = range.substr(dash + 1);
  std::optional<std::uint64_t> last = last_text.empty() ? size : parse_number(last_text);
  if (!first || !last || (!last_text.empty() && *last < *first)) return {};
  if (*first >= size) return kUnsatisfiable;
  return part(*first, *last >= size ? size : *last + 1);
}

}  // namespace server
