#include "http/parameter.hpp"

#include <fmt/format.h>

#include <cassert>
#include <charconv>
#include <utility>

#include "http/csv.hpp"
#include "http/reply.hpp"

namespace server {
namespace {

[[noreturn]] void throw_bad(std::string_view name, std::string_view why) {
  throw RequestError(400, fmt::format("bad param: {}: {}", name, why));
}

std::int64_t parse_integer(const Parameter& parameter, std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end)
    throw_bad(parameter.name, fmt::format("'{}' is not an integer", text));
  if (parameter.min && number < *parameter.min) {
    throw_bad(parameter.name, fmt::format("{} is less than {}", number, *parameter.min));
  }
  return number;
}

}  // namespace

Query parse_query(std::string_view text) {
  Query query;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('&'), text.size());
    std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    std::size_t equals = std::min(pair.find('='), pair.size());
    std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    query.emplace_back(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
  return query;
}

Arguments::Arguments(const std::vector<Parameter>& declared, std::vector<std::string> path_values,
                     const Query& query) {
  slots_.reserve(declared.size());
  std::size_t next_path_value = 0;
  for (const Parameter& parameter : declared) {
    if (parameter.in == In::query) {
      slots_.push_back(read(parameter, query));
      continue;
    }
    assert(next_path_value < path_values.size());
    Slot& slot = slots_.emplace_back(Slot{&parameter, std::move(path_values[next_path_value++]), 0, {}});
    if (parameter.type == Type::integer) slot.number = parse_integer(parameter, slot.text);
  }
}

Arguments::Slot Arguments::read(const Parameter& parameter, const Query& query) {
  Slot slot{&parameter, {}, parameter.fallback.value_or(0), {}};
  bool found = false;
  for (const auto& [name, value] : query) {
    if (name != parameter.name) continue;
    if (parameter.type == Type::list) {
      for (std::string& item : split_csv(value)) slot.items.push_back(std::move(item));
    } else if (!found) {  // the first one counts, as in the original
      slot.text = value;
    }
    found = true;
  }
  bool is_empty = slot.text.empty() && slot.items.empty();
  if (parameter.required && is_empty) {
    throw RequestError(400, fmt::format("Missing [{}]", parameter.name));
  }
  if (parameter.type == Type::integer && !slot.text.empty())
    slot.number = parse_integer(parameter, slot.text);
  return slot;
}

const Arguments::Slot& Arguments::slot(std::string_view name) const {
  for (const Slot& slot : slots_) {
    if (slot.parameter->name == name) return slot;
  }
  assert(!"a parameter that the route does not declare");
  std::abort();
}

const std::string& Arguments::text(std::string_view name) const { return slot(name).text; }
std::int64_t Arguments::integer(std::string_view name) const { return slot(name).number; }
const std::vector<std::string>& Arguments::list(std::string_view name) const { return slot(name).items; }

}  // namespace server
