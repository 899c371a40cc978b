#include "field_path.hpp"

#include "examples/logkit-agent/parse/json_members.hpp"

namespace logkit {
namespace {

// The members of a field that is an object. False: it is something else.
bool open_object(const Value& value, Record& members) {
  return value.is_json && add_json_members(value.text, members);
}

Value close_object(Record& members) {
  std::string text;
  append_json(text, members.fields());
  return {members.arena().keep(text), true};
}

}  // namespace

FieldPath::FieldPath(std::string_view path) : text_(path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('.'), path.size());
    if (end > 0) parts_.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

bool FieldPath::is_plain(const Record& record) const {
  return parts_.size() <= 1 || record.find(text_) != nullptr;
}

std::optional<Value> FieldPath::get_in(Record& record, Parts parts) {
  const Value* const value = record.find(parts.front());
  if (value == nullptr) return std::nullopt;
  if (parts.size() == 1) return *value;
  Record members(record.arena());
  return open_object(*value, members) ? get_in(members, parts.subspan(1)) : std::nullopt;
}

bool FieldPath::set_in(Record& record, Parts parts, Value value) {
  if (parts.size() > 1) {
    Record members(record.arena());
    const Value* const outer = record.find(parts.front());
    if (outer != nullptr && !open_object(*outer, members)) return false;
    if (!set_in(members, parts.subspan(1), value)) return false;
    value = close_object(members);
  }
  record.set(record.arena().keep(parts.front()), value);
  return true;
}

bool FieldPath::remove_in(Record& record, Parts parts) {
  if (parts.size() == 1) return record.remove(parts.front());
  Record members(record.arena());
  const Value* const outer = record.find(parts.front());
  if (outer == nullptr || !open_object(*outer, members) || !remove_in(members, parts.subspan(1)))
    return false;
  record.set(parts.front(), close_object(members));
  return true;
}

std::optional<Value> FieldPath::get(Record& record) const {
  if (!is_plain(record)) return get_in(record, parts_);
  const Value* const value = record.find(text_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

bool FieldPath::set(Record& record, Value value) const {
  if (!is_plain(record)) return set_in(record, parts_, value);
  record.set(record.arena().keep(text_), value);
  return true;
}

bool FieldPath::remove(Record& record) const {
  return is_plain(record) ? record.remove(text_) : remove_in(record, parts_);
}

}  // namespace logkit
