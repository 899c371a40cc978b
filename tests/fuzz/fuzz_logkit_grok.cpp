// Expressions of the parser grok, as a configuration has them, and texts that they are tried on.
#include <agent/error.hpp>
#include <agent/utf8.hpp>

#include "examples/logkit-agent/parse/grok_library.hpp"
#include "tests/fuzz/fuzz.hpp"

// The first line is the expression; lines with further patterns follow, up to an empty one; then texts.
void fuzz::logkit_grok(std::string_view input) {
  const std::string text = agent::repair_utf8(input);
  std::string_view left = text;
  const std::string_view expression = take_line(left);
  std::string patterns;
  for (std::string_view line = take_line(left); !line.empty(); line = take_line(left)) {
    patterns += line;
    patterns += '\n';
  }
  try {
    logkit::GrokLibrary library;
    library.add(patterns);
    const logkit::GrokPattern pattern = library.compile(expression);
    std::vector<std::string_view> groups;
    while (!left.empty()) {
      const std::string_view line = take_line(left);
      if (!pattern.pattern.finds(line, groups)) continue;
      require(groups.size() == pattern.fields.size(), "a group that is no field");
      for (const std::string_view group : groups)
        require(group.empty() ||
                    (group.data() >= line.data() && group.data() + group.size() <= line.data() + line.size()),
                "a group outside of its text");
    }
  } catch (const agent::Error& error) {
    require(error.code() == agent::Errc::bad_config && error.what()[0] != '\0', "another error");
  }
}
