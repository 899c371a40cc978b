// LineDecoder: the text of a line in UTF-8, whatever the file's character set. One for each file; not
// thread-safe.
#pragma once

#include <agent/charset.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "examples/logkit-agent/parse/arena.hpp"
#include "line_splitter.hpp"

namespace logkit {

class LineDecoder {
 public:
  // `encoding`: a name that the system knows, in any case, or "" for UTF-8. "UTF-16" takes its byte order
  // from the file's first two bytes, `beginning`, and is little-endian when they have none. Throws
  // Errc::bad_config.
  LineDecoder(const std::string& encoding, std::string_view beginning);

  Unit unit() const { return unit_; }
  // Valid UTF-8: the line itself, or a text in the arena. Every byte that begins no character is U+FFFD and
  // counted. A byte order mark at the beginning of the file is left out.
  std::string_view decode(const Line& line, Arena& arena);
  std::uint64_t repaired_lines() const { return repaired_; }

 private:
  std::unique_ptr<agent::Charset> charset_;
  Unit unit_ = Unit::byte;
  std::uint64_t repaired_ = 0;
};

}  // namespace logkit
