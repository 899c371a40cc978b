#include "tests/system/page.hpp"

#include <sstream>
#include <stdexcept>

#include "tests/support/places.hpp"
#include "tests/system/programs.hpp"

namespace test {
namespace {

bool replace_all(std::string& text, const std::string& what, const std::string& with) {
  bool found = false;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
    found = true;
  }
  return found;
}

}  // namespace

std::vector<std::string> blocks_of(const std::string& page, const std::string& language) {
  std::istringstream text(read_file(source_path(page)));
  std::vector<std::string> blocks;
  bool is_inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```")) {
      is_inside = line == "```" + language;
      if (is_inside) blocks.emplace_back();
    } else if (is_inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

std::vector<std::string> shell_lines(const std::string& page) {
  std::vector<std::string> lines;
  for (const std::string& block : blocks_of(page, "sh")) {
    std::istringstream text(block);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
  }
  return lines;
}

std::string replaced(std::string text, const std::vector<std::pair<std::string, std::string>>& changes) {
  for (const auto& [what, with] : changes) {
    if (!replace_all(text, what, with)) throw std::runtime_error("'" + what + "' is not in: " + text);
  }
  return text;
}

std::string replaced_if_there(std::string text,
                              const std::vector<std::pair<std::string, std::string>>& changes) {
  for (const auto& [what, with] : changes) replace_all(text, what, with);
  return text;
}

}  // namespace test
