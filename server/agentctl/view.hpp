// Views: the server's JSON as tables, YAML, names or itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/json_value.hpp"
#include "agentctl/console.hpp"

namespace agentctl {

enum class Format { table, wide, json, yaml, name };

// A column of a table: what `text` makes of a row, or else the member `key` ("usage.cpu" reaches into
// objects).
struct Column {
  std::string title;
  std::string key;
  bool is_wide = false;  // shown with -o wide only
  std::string (*text)(agent::json::Value row) = nullptr;
  bool is_right = false;  // figures
};

struct ListView {
  std::vector<Column> columns;
  std::string name;  // the member that -o name prints, unless there is:
  std::string (*name_text)(agent::json::Value row) = nullptr;
};

// An array, or null for none. A table is cut to the terminal's width, if there is a terminal.
void show_list(Console& console, Format format, agent::json::Value list, const ListView& view);
// One object: its members, one a line, those of objects within joined by dots.
void show_object(Console& console, Format format, agent::json::Value object, std::string_view name);

// ---- parts, pure

// The member of that path; null when there is none.
agent::json::Value member_at(agent::json::Value object, std::string_view path);
// A string, or the JSON text of anything else; "" for null. Not yet safe.
std::string cell_text(agent::json::Value value);
// Cells are made harmless. `width`: columns of the terminal, 0 = not cut.
std::string table_text(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::size_t width);
// A block of YAML 1.2 that reads back as the same JSON.
std::string yaml_text(agent::json::Value value);

}  // namespace agentctl
