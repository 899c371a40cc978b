// Record: what a line became, as fields with a name and a value.
//
// Names and values are views: into the block of the file that was read, or into the batch's arena. All text
// is valid UTF-8.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arena.hpp"

namespace logkit {

// Either text, or a JSON value as it is written (a number keeps every digit that it came with).
struct Value {
  std::string_view text;
  bool is_json = false;

  bool operator==(const Value&) const = default;
};

struct Field {
  std::string_view key;
  Value value;

  bool operator==(const Field&) const = default;
};

using Fields = std::span<const Field>;

// The value of that name; nullptr when there is none.
const Value* find(Fields fields, std::string_view key);

// A record that is being made. It is used for one record after the other.
class Record {
 public:
  explicit Record(Arena& arena) : arena_(&arena) {}

  // `key` and `value` stay where they are, or are kept in arena() before.
  void add(std::string_view key, Value value) { fields_.push_back({key, value}); }
  // The same for a text.
  void add(std::string_view key, std::string_view text) { fields_.push_back({key, {text, false}}); }
  // Replaces the value of that name, or adds it.
  void set(std::string_view key, Value value);
  // False: there is none.
  bool remove(std::string_view key);
  void clear() { fields_.clear(); }

  const Value* find(std::string_view key) const { return logkit::find(fields_, key); }
  Fields fields() const { return fields_; }
  std::vector<Field>& change() { return fields_; }
  bool empty() const { return fields_.empty(); }

  Arena& arena() { return *arena_; }
  void move_to(Arena& arena) { arena_ = &arena; }

 private:
  Arena* arena_;
  std::vector<Field> fields_;
};

// Appends the record as a JSON object, without blanks and without a line end.
void append_json(std::string& out, Fields fields);
// Appends the text as a JSON string.
void append_json_string(std::string& out, std::string_view text);

}  // namespace logkit
