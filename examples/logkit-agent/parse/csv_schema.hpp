// CsvSchema: names and types of columns, "a long, b string, c jsonmap{x long, y float}". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "typed_value.hpp"

namespace logkit {

struct CsvColumn {
  std::string name;
  ValueType type = ValueType::text;
  bool is_map = false;
  // The members of a map that become fields; none: all.
  std::vector<CsvColumn> members;
};

// Throws Errc::bad_config by `options`, naming the option.
std::vector<CsvColumn> read_csv_schema(const PartOptions& options, std::string_view option);

}  // namespace logkit
