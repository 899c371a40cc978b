#include "base/yaml_include.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/glob.hpp"
#include "base/read_file.hpp"
#include "base/trim.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInclude = "#include";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;  // a text without a file is the same as no file
  return fs::equivalent(a, b, ignored);
}

class Expander {
 public:
  void add_file(std::string_view text, const std::string& file, int indent) {
    chain_.push_back(file);
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    int number = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      const YamlSource source{file, ++number, indent};
      if (trim(line).starts_with(kInclude)) {
        include(line, source);
      } else {
        add_line(line, source);
      }
    }
    chain_.pop_back();
  }

  YamlText take() { return std::move(out_); }

 private:
  void include(std::string_view line, const YamlSource& at) {
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    const YamlSource inside{at.file, at.line, at.indent + static_cast<int>(blanks)};
    const std::string_view rest = trim(line).substr(kInclude.size());
    const std::string_view name = trim(rest);
    const fs::path path = fs::path(at.file).parent_path() / name;
    add_line(fmt::format("{} {}", kInclude, path.string()), inside);
    if (name.empty()) return;

    std::error_code ignored;
    const bool exact = fs::exists(path, ignored);
    const std::vector<std::string> files =
        exact ? std::vector<std::string>{path.string()} : glob(path.string());
    const bool meant = name.size() < rest.size();  // and not a comment such as "#included by"
    if (files.empty() && meant)
      out_.warnings.push_back({at.file, at.line, fmt::format("#include: no file '{}'", name)});
    for (const std::string& file : files) include_file(file, inside);
  }

  void include_file(const std::string& file, const YamlSource& at) {
    if (same_file(file, chain_.back())) return;
    check_chain(file, at);
    add_line(fmt::format("#+++++ {} +++++", file), at);
    try {
      add_file(read_file(file, kMaxYamlSize), file, at.indent);
    } catch (const Error& error) {
      if (error.code() == Errc::bad_config) throw;
      throw Error(error.code(), fmt::format("{}: line {}: #include: {}", at.file, at.line, error.what()));
    }
    add_line(fmt::format("#----- {} -----", file), at);
  }

  void check_chain(const std::string& file, const YamlSource& at) const {
    const auto first = std::find_if(chain_.begin(), chain_.end(),
                                    [&](const std::string& earlier) { return same_file(earlier, file); });
    if (first != chain_.end()) {
      std::string circle;
      for (auto it = first; it != chain_.end(); ++it) circle += *it + " -> ";
      fail(at, fmt::format("#include goes round in a circle: {}{}", circle, *first));
    }
    if (chain_.size() > kMaxYamlIncludes) {
      fail(at, fmt::format("#include nests deeper than {} files", kMaxYamlIncludes));
    }
  }

  void add_line(std::string_view line, const YamlSource& source) {
    out_.text.append(static_cast<std::size_t>(source.indent), ' ');
    out_.text += line;
    out_.text += '\n';
    out_.sources.push_back(source);
    if (out_.text.size() > kMaxYamlSize)
      fail(source, fmt::format("more than {} bytes of YAML", kMaxYamlSize));
  }

  [[noreturn]] static void fail(const YamlSource& at, const std::string& text) {
    throw Error(Errc::bad_config, fmt::format("{}: line {}: {}", at.file, at.line, text));
  }

  std::vector<std::string> chain_;
  YamlText out_;
};

}  // namespace

YamlText expand_yaml(std::string_view text, const std::string& file) {
  Expander expander;
  expander.add_file(text, file, 0);
  return expander.take();
}

}  // namespace agent
