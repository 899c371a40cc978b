// field_table<T>(): the documentation of a message or struct as data, out of the same field list that reads
// and writes it. For programs that print tables of their messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/fields.hpp"

namespace agent {

// One field. A type with a JSON form of its own is named by `std::string_view json_type(const T*)` beside it.
struct FieldRow {
  std::string key;   // "name"; inside of lists "files[].name", inside of maps "jobs{}.name"
  std::string type;  // "string", "uint64", "[string]", "{double}", "object", "time" …
  bool omit;         // left out when empty
  std::string doc;   // as the field list gives it, "" = nothing
  bool operator==(const FieldRow&) const = default;
};

namespace detail {
template <class T>
void list_fields(std::vector<FieldRow>& rows);
}  // namespace detail

// One row per field in the order of the list, the fields of nested structs behind their owner's row.
// T must not contain itself.
template <HasFields T>
std::vector<FieldRow> field_table() {
  std::vector<FieldRow> rows;
  detail::list_fields<T>(rows);
  return rows;
}

}  // namespace agent

#include "agent/detail/field_lister.hpp"
