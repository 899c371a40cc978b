#include "csv_cell.hpp"

namespace logkit {

void append_csv_cell(std::string& out, std::string_view text, std::string_view separator) {
  if (text.find(separator) == std::string_view::npos &&
      text.find_first_of("\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void CsvRows::add(std::string_view text) {
  for (const char c : text) {
    ++size_;
    if (c == '"') is_quoted_ = !is_quoted_;
    if (c == '\n' && !is_quoted_) whole_ = size_;
  }
}

}  // namespace logkit
