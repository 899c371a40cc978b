// Parameter: what a route may be told in its path and query, declared once: it is checked, documented
// and read by the same name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/percent.hpp"

namespace server {

enum class In { path, query };
enum class Type { text, integer, list };

struct Parameter {
  std::string_view name;
  In in = In::query;
  Type type = Type::text;
  std::string_view summary;
  bool required = false;
  std::optional<std::int64_t> fallback{};  // integer: value when absent
  std::optional<std::int64_t> min{};       // integer: smallest accepted value
};

// Query: the decoded pairs behind the "?", in order.
using Query = std::vector<std::pair<std::string, std::string>>;
Query parse_query(std::string_view text);

using agent::percent_decode;

// Arguments: the values of the declared parameters of one request. Asking for an undeclared name is our
// own mistake (assert).
class Arguments {
 public:
  Arguments() = default;
  // `declared` must outlive this. `path_values` in the order of the path parameters.
  // Throws RequestError: "Missing [files]", "bad param: page: ...".
  Arguments(const std::vector<Parameter>& declared, std::vector<std::string> path_values, const Query& query);

  // "" when absent.
  const std::string& text(std::string_view name) const;
  // The fallback (0 without one) when absent.
  std::int64_t integer(std::string_view name) const;
  // Repeated keys, each value csv (csv.hpp); a single empty value counts as none.
  const std::vector<std::string>& list(std::string_view name) const;

 private:
  struct Slot {
    const Parameter* parameter;
    std::string text;
    std::int64_t number = 0;
    std::vector<std::string> items;
  };
  const Slot& slot(std::string_view name) const;
  static Slot read(const Parameter& parameter, const Query& query);
  std::vector<Slot> slots_;
};

}  // namespace server
