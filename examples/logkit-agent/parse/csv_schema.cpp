#include "csv_schema.hpp"

#include <algorithm>

namespace logkit {
namespace {

// The parts between commas that are in no braces. Nothing: the braces do not match.
std::optional<std::vector<std::string_view>> split_columns(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '{') ++depth;
    if (i < text.size() && text[i] == '}' && --depth < 0) return std::nullopt;
    if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
    const std::string_view part = trimmed(text.substr(begin, i - begin));
    if (!part.empty()) parts.push_back(part);
    begin = i + 1;
  }
  return depth == 0 ? std::optional(parts) : std::nullopt;
}

class SchemaReader {
 public:
  SchemaReader(const PartOptions& options, std::string_view option) : options_(options), option_(option) {}

  std::vector<CsvColumn> read(std::string_view text, bool is_nested) const {
    const auto parts = split_columns(text);
    if (!parts) fail(text, "its braces do not match");
    std::vector<CsvColumn> columns;
    for (const std::string_view part : *parts) {
      columns.push_back(read_column(part, is_nested));
      const auto is_same = [&](const CsvColumn& c) { return c.name == columns.back().name; };
      if (std::any_of(columns.begin(), columns.end() - 1, is_same)) fail(part, "the name is there already");
    }
    return columns;
  }

 private:
  [[noreturn]] void fail(std::string_view part, std::string_view why) const {
    options_.fail(std::string(option_) + ": '" + std::string(part.substr(0, 100)) + "': " + std::string(why));
  }

  CsvColumn read_column(std::string_view part, bool is_nested) const {
    const std::size_t blank = part.find_first_of(" \t");
    if (blank == std::string_view::npos) fail(part, "a name and a type with a blank between them are needed");
    CsvColumn column;
    column.name = part.substr(0, blank);
    const std::string_view type = trimmed(part.substr(blank));
    if (type.starts_with("jsonmap") && !is_nested) {
      column.is_map = true;
      const std::string_view braces = trimmed(type.substr(7));
      if (!braces.empty() && (!braces.starts_with('{') || !braces.ends_with('}')))
        fail(part, "jsonmap or jsonmap{name type, …} is needed");
      if (!braces.empty()) column.members = read(braces.substr(1, braces.size() - 2), true);
      return column;
    }
    const std::optional<ValueType> known = read_value_type(type);
    if (!known) fail(part, "the type is none of long, float, string, date, bool, jsonmap");
    column.type = *known;
    return column;
  }

  const PartOptions& options_;
  std::string_view option_;
};

}  // namespace

std::vector<CsvColumn> read_csv_schema(const PartOptions& options, std::string_view option) {
  std::vector<CsvColumn> columns = SchemaReader(options, option).read(options.required(option), false);
  if (columns.empty()) options.fail(std::string(option) + ": there is no column");
  return columns;
}

}  // namespace logkit
