#include "record.hpp"

#include <algorithm>

#include "plain_text.hpp"

namespace logkit {
namespace {

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u00";
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[static_cast<unsigned char>(c) & 15];
}

}  // namespace

const Value* find(Fields fields, std::string_view key) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
  return found == fields.end() ? nullptr : &found->value;
}

void Record::set(std::string_view key, Value value) {
  for (Field& field : fields_) {
    if (field.key != key) continue;
    field.value = value;
    return;
  }
  add(key, value);
}

bool Record::remove(std::string_view key) {
  return std::erase_if(fields_, [&](const Field& field) { return field.key == key; }) > 0;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (;;) {
    const std::size_t plain = plain_size(text.data(), text.size());
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    append_escaped(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append_json(std::string& out, Fields fields) {
  out += '{';
  const char* separator = "";
  for (const Field& field : fields) {
    out += separator;
    append_json_string(out, field.key);
    out += ':';
    if (field.value.is_json)
      out += field.value.text;
    else
      append_json_string(out, field.value.text);
    separator = ",";
  }
  out += '}';
}

}  // namespace logkit
