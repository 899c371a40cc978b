// FieldPath: a field of a record, or a member of a JSON object in one: "a", "a.b". A field whose name has the
// dots in it goes first. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/logkit-agent/parse/record.hpp"

namespace logkit {

class FieldPath {
 public:
  explicit FieldPath(std::string_view path);

  std::optional<Value> get(Record& record) const;
  // What is missing of the objects above it is made. False: one of them is something else.
  bool set(Record& record, Value value) const;
  // False: it is not there.
  bool remove(Record& record) const;
  const std::string& text() const { return text_; }

 private:
  using Parts = std::span<const std::string>;

  static std::optional<Value> get_in(Record& record, Parts parts);
  static bool set_in(Record& record, Parts parts, Value value);
  static bool remove_in(Record& record, Parts parts);
  bool is_plain(const Record& record) const;

  std::string text_;
  std::vector<std::string> parts_;
};

}  // namespace logkit
