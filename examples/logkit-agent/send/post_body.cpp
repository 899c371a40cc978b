#include "post_body.hpp"

#include <algorithm>
#include <unordered_set>

#include "csv_cell.hpp"

namespace logkit {
namespace {

void append_lines(std::string& out, const Selection& selection) {
  for (const std::uint32_t index : selection.records) {
    append_json(out, selection.batch.record(index));
    out += '\n';
  }
}

void append_array(std::string& out, const Selection& selection) {
  const char* separator = "[";
  for (const std::uint32_t index : selection.records) {
    out += separator;
    append_json(out, selection.batch.record(index));
    separator = ",";
  }
  out += selection.records.empty() ? "[]" : "]";
}

void append_raw(std::string& out, const Selection& selection) {
  for (const std::uint32_t index : selection.records) {
    const Fields fields = selection.batch.record(index);
    if (const Value* const raw = find(fields, "raw"))
      out += raw->text;
    else
      append_json(out, fields);
    out += '\n';
  }
}

std::vector<std::string_view> columns_of(const Selection& selection) {
  std::vector<std::string_view> columns;
  std::unordered_set<std::string_view> known;
  for (const std::uint32_t index : selection.records)
    for (const Field& field : selection.batch.record(index))
      if (known.insert(field.key).second) columns.push_back(field.key);
  return columns;
}

void append_csv(std::string& out, const HttpForm& form, const Selection& selection) {
  const std::vector<std::string_view> columns = columns_of(selection);
  const auto append_row = [&](const auto& cell) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += form.csv_separator;
      append_csv_cell(out, cell(columns[i]), form.csv_separator);
    }
    out += '\n';
  };
  if (form.has_csv_head) append_row([](std::string_view column) { return column; });
  for (const std::uint32_t index : selection.records) {
    const Fields fields = selection.batch.record(index);
    append_row([&](std::string_view column) {
      const Value* const value = find(fields, column);
      return value == nullptr ? std::string_view() : value->text;
    });
  }
}

void append_template(std::string& out, std::string_view text, Fields fields) {
  for (;;) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    out += text.substr(0, close == std::string_view::npos ? close : open);
    if (close == std::string_view::npos) break;
    if (const Value* const value = find(fields, text.substr(open + 2, close - open - 2))) out += value->text;
    text.remove_prefix(close + 2);
  }
  out += '\n';
}

// What growing step by step would copy, and hold twice for a moment, is known before.
std::size_t expected_size(const Selection& selection) {
  constexpr std::size_t kMarks = 6;  // of a field in JSON: "key":"text",
  std::size_t size = 0;
  for (const std::uint32_t index : selection.records) {
    size += kMarks;
    for (const Field& field : selection.batch.record(index))
      size += field.key.size() + field.value.text.size() + kMarks;
  }
  return size;
}

}  // namespace

std::string post_body(const HttpForm& form, const Selection& selection) {
  std::string out;
  out.reserve(expected_size(selection));
  switch (form.protocol) {
    case HttpProtocol::json: append_lines(out, selection); break;
    case HttpProtocol::body_json: append_array(out, selection); break;
    case HttpProtocol::csv: append_csv(out, form, selection); break;
    case HttpProtocol::raw: append_raw(out, selection); break;
    case HttpProtocol::templated:
      for (const std::uint32_t index : selection.records)
        append_template(out, form.text, selection.batch.record(index));
      break;
  }
  return out;
}

const char* post_content_type(HttpProtocol protocol) {
  const bool is_json = protocol == HttpProtocol::json || protocol == HttpProtocol::body_json;
  return is_json ? "application/json" : "text/plain";
}

}  // namespace logkit
