#include "tests/manifest/annotated_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/support/places.hpp"

namespace test {
namespace {

using manifest::Finding;

// Each "# error: TEXT" and "# warning: TEXT" of one line.
void read_wanted(AnnotatedFile& file, const std::string& line, int number) {
  for (const auto& [mark, weight] : {std::pair("  # error: ", Finding::Weight::error),
                                     std::pair("  # warning: ", Finding::Weight::warning)}) {
    const std::string begin = mark;
    for (std::size_t at = line.find(begin); at != std::string::npos; at = line.find(begin, at + 1)) {
      const std::size_t text = at + begin.size();
      file.wanted.push_back({weight, number, line.substr(text, line.find("  # ", text) - text), ""});
    }
  }
}

AnnotatedFile read_file(const std::filesystem::path& path) {
  AnnotatedFile file;
  file.name = path.stem();
  std::ifstream stream(path, std::ios::binary);
  file.text.assign(std::istreambuf_iterator<char>(stream), {});
  std::istringstream lines(file.text);
  int number = 0;
  const std::string original = "# original: ";
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with(original)) file.original = line.substr(original.size());
    read_wanted(file, line, number);
  }
  return file;
}

}  // namespace

std::vector<AnnotatedFile> annotated_files(const std::string& folder) {
  std::vector<AnnotatedFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/manifest/" + folder)))
    files.push_back(read_file(entry.path()));
  std::ranges::sort(files, {}, &AnnotatedFile::name);
  return files;
}

}  // namespace test
