// yaml_include: `#include` lines of YAML files (reference agent behaviour, section 6).
//
// A line `#include <path or pattern>` is replaced by the named files, relative to the including file, each
// line indented as far as the `#include` was. A pattern (* ? [a-z]) takes the files in the order of their
// names and never the including file itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/config.hpp"

namespace agent {

inline constexpr int kMaxYamlIncludes = 10;                         // nesting, as originals intended
inline constexpr std::size_t kMaxYamlSize = std::size_t{16} << 20;  // of the expanded text

// Where a line of the expanded text comes from.
struct YamlSource {
  std::string file;
  int line = 0;    // from 1
  int indent = 0;  // blanks that were put in front
};

struct YamlText {
  std::string text;
  std::vector<YamlSource> sources;  // one per line
  std::vector<ConfigProblem> warnings;
};

// Throws Errc::bad_config, the message beginning with file and line, when includes form a circle
// (`a -> b -> a`), nest deeper than kMaxYamlIncludes or grow beyond kMaxYamlSize; Errc::io when a file
// cannot be read.
YamlText expand_yaml(std::string_view text, const std::string& file);

}  // namespace agent
