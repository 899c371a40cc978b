#include "tests/examples/metrics-agent/captured_tree.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/places.hpp"

namespace metrics_test {
namespace {

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  INFO(path);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

CapturedTree::CapturedTree(const std::string& name) {
  std::istringstream lines(
      read_all(test::source_path("tests/examples/metrics-agent/trees/" + name + ".txt")));
  std::string file;
  std::string text;
  const auto finish = [&] {
    if (!file.empty()) write(file, text);
    file.clear();
    text.clear();
  };
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("=== ")) {
      text += line + "\n";
      continue;
    }
    finish();
    const std::size_t arrow = line.find(" -> ");
    if (arrow == line.npos) file = line.substr(4);
    if (arrow != line.npos) link(line.substr(4, arrow - 4), line.substr(arrow + 4));
  }
  finish();
}

CapturedTree& CapturedTree::link(std::string_view name, std::string_view target) {
  std::filesystem::create_directories((root() / name).parent_path());
  std::filesystem::create_symlink(target, root() / name);
  return *this;
}

CapturedTree& CapturedTree::edit(std::string_view name, std::string_view old_text,
                                 std::string_view new_text) {
  std::string whole = text(name);
  const std::size_t at = whole.find(old_text);
  INFO(name << ": " << old_text);
  REQUIRE(at != whole.npos);
  write(name, whole.replace(at, old_text.size(), new_text));
  return *this;
}

std::string CapturedTree::text(std::string_view name) const { return read_all(root() / name); }

}  // namespace metrics_test
