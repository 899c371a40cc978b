#include "agentctl/view.hpp"

#include <algorithm>

#include "agentctl/safe_text.hpp"

namespace agentctl {
namespace {

using agent::json::Value;

constexpr std::string_view kGap = "  ";

std::vector<Column> chosen(const std::vector<Column>& columns, Format format) {
  std::vector<Column> out;
  for (const Column& column : columns) {
    if (!column.is_wide || format == Format::wide) out.push_back(column);
  }
  return out;
}

std::string text_of(const Column& column, Value row) {
  return column.text != nullptr ? column.text(row) : cell_text(member_at(row, column.key));
}

void add_members(std::vector<std::vector<std::string>>& rows, const std::string& prefix, Value object) {
  for (std::size_t i = 0; i < object.size(); ++i) {
    const auto [key, value] = object.member(i);
    const std::string name = prefix + std::string(key);
    if (value.is_object() && value.size() > 0) {
      add_members(rows, name + ".", value);
    } else {
      rows.push_back({name, cell_text(value)});
    }
  }
}

std::string padded(const std::string& cell, std::size_t width, bool is_right) {
  const std::string blanks(width - std::min(width, columns_of(cell)), ' ');
  return is_right ? blanks + cell : cell + blanks;
}

// Whether YAML reads it as the string that it is.
bool is_plain(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no",
                                                "on",   "off",   "y",    "n",   "~"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || text.size() > 200 || !is_letter(text[0])) return false;
  for (const char c : text) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '/') return false;
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(std::begin(kWords), std::end(kWords), lower) == std::end(kWords);
}

// A text in quotes as JSON has it is one in YAML, too.
std::string yaml_string(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  agent::json::Writer out;
  return out.string(text).take();
}

void write_yaml(std::string& out, Value value, std::size_t indent, bool is_inline);

void write_yaml_object(std::string& out, Value value, std::size_t indent, bool is_inline) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto [key, member] = value.member(i);
    if (i > 0 || !is_inline) out.append(indent, ' ');
    out += yaml_string(key) + ":";
    const bool nests = (member.is_object() || member.is_array()) && member.size() > 0;
    out += nests ? "\n" : " ";
    write_yaml(out, member, member.is_array() ? indent : indent + 2, false);
  }
}

void write_yaml_array(std::string& out, Value value, std::size_t indent) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value element = value.at(i);
    out.append(indent, ' ');
    out += "-";
    const bool is_list = element.is_array() && element.size() > 0;
    out += is_list ? "\n" : " ";
    write_yaml(out, element, indent + 2, !is_list);
  }
}

void write_yaml(std::string& out, Value value, std::size_t indent, bool is_inline) {
  if (value.is_object() && value.size() > 0) {
    write_yaml_object(out, value, indent, is_inline);
  } else if (value.is_array() && value.size() > 0) {
    write_yaml_array(out, value, indent);
  } else {
    out += value.is_string() ? yaml_string(value.as_string()) : value.text();
    out += "\n";
  }
}

void show_names(Console& console, Value list, const ListView& view) {
  std::string text;
  for (std::size_t i = 0; i < list.size(); ++i)
    text += safe_text((view.name_text != nullptr ? view.name_text(list.at(i))
                                                 : cell_text(member_at(list.at(i), view.name)))) +
            "\n";
  console.print(text);
}

void show_json(Console& console, Value value, const char* instead) {
  console.print((value.is_null() ? instead : value.text()) + std::string("\n"));
}

}  // namespace

Value member_at(Value object, std::string_view path) {
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    object = object.find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return object;
}

std::string cell_text(Value value) {
  if (value.is_null()) return {};
  if (value.is_bool()) return value.as_bool() ? "yes" : "no";
  return value.is_string() ? std::string(value.as_string()) : value.text();
}

std::string table_text(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::size_t width) {
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].push_back(column.title);
  for (const auto& row : rows) {
    lines.emplace_back();
    for (const std::string& cell : row) lines.back().push_back(cell.empty() ? "-" : safe_text(cell));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], columns_of(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool is_last = i + 1 == line.size();
      text += is_last && !columns[i].is_right ? line[i] : padded(line[i], widths[i], columns[i].is_right);
      if (!is_last) text += kGap;
    }
    out += (width == 0 ? text : cut_to_columns(text, width)) + "\n";
  }
  return out;
}

std::string yaml_text(Value value) {
  std::string out;
  write_yaml(out, value, 0, false);
  return out;
}

void show_list(Console& console, Format format, Value list, const ListView& view) {
  if (format == Format::json) return show_json(console, list, "[]");
  if (format == Format::yaml) return console.print(list.is_null() ? "[]\n" : yaml_text(list));
  if (format == Format::name) return show_names(console, list, view);
  const std::vector<Column> columns = chosen(view.columns, format);
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < list.size(); ++i) {
    rows.emplace_back();
    for (const Column& column : columns) rows.back().push_back(text_of(column, list.at(i)));
  }
  console.print(table_text(columns, rows, console.columns()));
}

void show_object(Console& console, Format format, Value object, std::string_view name) {
  if (format == Format::json) return show_json(console, object, "{}");
  if (format == Format::yaml) return console.print(yaml_text(object));
  if (format == Format::name) return console.print(safe_text(cell_text(member_at(object, name))) + "\n");
  std::vector<std::vector<std::string>> rows;
  add_members(rows, "", object);
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, columns_of(safe_text(row[0])));
  std::string out;
  for (const auto& row : rows) {
    const std::string text = padded(safe_text(row[0]), width, false) + std::string(kGap) + safe_text(row[1]);
    out += (console.columns() == 0 ? text : cut_to_columns(text, console.columns())) + "\n";
  }
  console.print(out);
}

}  // namespace agentctl
