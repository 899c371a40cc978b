#include "http/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace server {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

constexpr RangeAnswer kUnsatisfiable{RangeAnswer::Kind::unsatisfiable, 0, 0};

RangeAnswer answer(const RangeWish& wish, std::uint64_t size) {
  if (wish.last) {
    if (*wish.last == 0 || size == 0) return kUnsatisfiable;
    return {RangeAnswer::Kind::part, size - std::min(*wish.last, size), size};
  }
  if (wish.first >= size) return kUnsatisfiable;
  const bool to_end = !wish.final || *wish.final >= size;
  return {RangeAnswer::Kind::part, wish.first, to_end ? size : *wish.final + 1};
}

}  // namespace

std::optional<RangeWish> parse_range(std::string_view range) {
  constexpr std::string_view kUnit = "bytes=";
  if (!range.starts_with(kUnit)) return std::nullopt;
  range.remove_prefix(kUnit.size());
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return std::nullopt;
  RangeWish wish;
  const std::optional<std::uint64_t> first = parse_number(range.substr(0, dash));
  const std::optional<std::uint64_t> second = parse_number(range.substr(dash + 1));
  if (!second && dash + 1 < range.size()) return std::nullopt;
  if (dash == 0) {  // "-500": the last 500 bytes
    if (!second) return std::nullopt;
    wish.last = second;
    return wish;
  }
  if (!first || (second && *second < *first)) return std::nullopt;
  wish.first = *first;
  wish.final = second;
  return wish;
}

bool if_range_holds(std::string_view if_range, std::string_view etag) {
  return if_range.empty() || (etag.starts_with('"') && if_range == etag);
}

RangeAnswer evaluate_range(std::string_view range, std::string_view if_range, std::string_view etag,
                           std::uint64_t size) {
  const std::optional<RangeWish> wish = parse_range(range);
  if (!wish || !if_range_holds(if_range, etag)) return {};
  return answer(*wish, size);
}

Reply start_ranged_reply(RangeAnswer& range, std::uint64_t size) {
  if (range.kind == RangeAnswer::Kind::unsatisfiable) {
    Reply reply = text_reply(416, "the range lies outside of the file");
    reply.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return reply;
  }
  Reply reply = text_reply(200, "");
  if (range.kind == RangeAnswer::Kind::whole) {
    range.begin = 0;
    range.end = size;
  } else {
    reply.status = reply.code = 206;
    reply.headers.emplace_back("Content-Range",
                               fmt::format("bytes {}-{}/{}", range.begin, range.end - 1, size));
  }
  reply.length = range.end - range.begin;
  return reply;
}

}  // namespace server
