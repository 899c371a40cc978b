// GrokLibrary: named expressions that may use each other as %{NAME}, %{NAME:field} and %{NAME:field:type}.
//
// Some are built in (grok_patterns.cpp), others come from the configuration and win over those. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "text_pattern.hpp"
#include "typed_value.hpp"

namespace logkit {

struct GrokField {
  std::string name;
  ValueType type = ValueType::text;
  bool is_dropped = false;
};

struct GrokPattern {
  TextPattern pattern;
  // For each group of the expression; an empty name: not wanted.
  std::vector<GrokField> fields;
  // Two groups have the same name: the later one counts.
  bool has_twins = false;
};

class GrokLibrary {
 public:
  GrokLibrary();

  // Lines "NAME expression"; empty ones and those that begin with '#' are passed over. Throws
  // Errc::bad_config.
  void add(std::string_view lines);
  // Throws Errc::bad_config: "%{X}: there is no such pattern", for patterns that use themselves, and for what
  // TextPattern refuses.
  GrokPattern compile(std::string_view expression) const;

 private:
  std::map<std::string, std::string, std::less<>> patterns_;
};

// "NAME expression" lines of those that are built in.
std::string_view grok_patterns();

}  // namespace logkit
