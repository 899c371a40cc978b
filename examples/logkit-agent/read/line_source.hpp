// LineSource: what readers of files and of streams have in common: the options of lines (docs/logs.md).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "examples/logkit-agent/run/part_options.hpp"
#include "read_pace.hpp"
#include "tailed_file.hpp"

namespace logkit {

struct LineSource {
  std::string source_tag;    // field with where a line comes from: a path, an address; "": none
  std::string encode_tag;    // field with the encoding
  std::string position_tag;  // field with what tells a record that comes again
  TailOptions tail;
  bool skips_long = false;  // lines beyond the limit are no records, instead of being cut
  PaceOptions pace;
  std::vector<std::string> warnings;
};

// Throws Errc::bad_config.
void read_line_options(const PartOptions& options, std::size_t max_line, LineSource& source);

}  // namespace logkit
