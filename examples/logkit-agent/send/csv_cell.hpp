// Cells and rows of CSV (RFC 4180). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace logkit {

// Appends the text, in quotes where the separator, a quote or a line end is in it.
void append_csv_cell(std::string& out, std::string_view text, std::string_view separator);

// CsvRows: where the last row ends that has its end, a line end that is in no quotes.
class CsvRows {
 public:
  // The next piece of the text.
  void add(std::string_view text);
  // Bytes of whole rows.
  std::uint64_t whole() const { return whole_; }
  // Bytes of all pieces.
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t whole_ = 0;
  std::uint64_t size_ = 0;
  bool is_quoted_ = false;
};

}  // namespace logkit
