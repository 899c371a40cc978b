#include "read_manifest.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <set>

namespace manifest {
namespace {

using Form = ManifestValue::Form;

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, text) != words.end();
}

bool all(std::string_view text, int (*is)(int)) {
  return !text.empty() &&
         std::ranges::all_of(text, [is](char c) { return is(static_cast<unsigned char>(c)) != 0; });
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

bool is_whole(std::string_view text) {
  text = without_sign(text);
  if (text.starts_with("0x")) return all(text.substr(2), std::isxdigit);
  if (text.starts_with("0o")) return all(text.substr(2), std::isdigit);
  return all(text, std::isdigit);
}

// 1.5, .5, 5., 1e3
bool is_number(std::string_view text) {
  text = without_sign(text);
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  if (e < text.size() && !all(without_sign(text.substr(e + 1)), std::isdigit)) return false;
  std::string digits(text.substr(0, e));
  if (const std::size_t dot = digits.find('.'); dot != std::string::npos) digits.erase(dot, 1);
  return all(digits, std::isdigit);
}

// YAML's core schema, which the originals follow.
Form form_of_plain(std::string_view text) {
  constexpr std::array<std::string_view, 5> kNone{"", "~", "null", "Null", "NULL"};
  constexpr std::array<std::string_view, 6> kFlags{"true", "True", "TRUE", "false", "False", "FALSE"};
  if (is_one_of(text, kNone)) return Form::none;
  if (is_one_of(text, kFlags)) return Form::flag;
  if (is_whole(text)) return Form::whole;
  if (is_number(text)) return Form::number;
  return Form::text;
}

// What a tag such as `!!str` makes of a plain scalar.
Form form_of_scalar(const YAML::Node& node) {
  const std::string& tag = node.Tag();
  if (tag == "!" || tag.ends_with(":str")) return Form::text;
  return form_of_plain(node.Scalar());
}

class Beyond : public std::exception {};

// Copies the tree, in which an alias is as large as what it stands for.
class TreeReader {
 public:
  explicit TreeReader(std::vector<Finding>& findings) : findings_(findings) {}

  ManifestValue read(const YAML::Node& node, int depth) {
    ManifestValue out;
    out.line = node.Mark().line + 1;
    if (++values_ > kMostValues) fail(out.line, fmt::format("more than {} values", kMostValues));
    if (depth > kMostDepth) fail(out.line, fmt::format("nests deeper than {} levels", kMostDepth));
    if (node.IsMap()) {
      out.form = Form::map;
      std::set<std::string> names;
      for (const auto& pair : node) add_member(out, names, pair.first, pair.second, depth);
    } else if (node.IsSequence()) {
      out.form = Form::list;
      for (const auto& item : node) out.items.push_back(read(item, depth + 1));
    } else if (node.IsScalar()) {
      out.text = node.Scalar();
      out.form = form_of_scalar(node);
    }
    return out;
  }

 private:
  void add_member(ManifestValue& map, std::set<std::string>& names, const YAML::Node& name,
                  const YAML::Node& value, int depth) {
    ManifestMember member;
    member.line = name.Mark().line + 1;
    if (name.IsScalar()) {
      member.name = name.Scalar();
    } else {
      findings_.push_back({Finding::Weight::error, member.line, "the name of a member is no text", ""});
    }
    if (!names.insert(member.name).second)
      findings_.push_back({Finding::Weight::error, member.line,
                           fmt::format("'{}' stands twice in the same map", member.name), "keep one"});
    member.value = read(value, depth + 1);
    map.members.push_back(std::move(member));
  }

  [[noreturn]] void fail(int line, std::string text) {
    findings_.push_back({Finding::Weight::error, line, std::move(text), "aliases multiply; write it out"});
    throw Beyond();
  }

  std::vector<Finding>& findings_;
  std::size_t values_ = 0;
};

}  // namespace

std::optional<ManifestValue> read_manifest(std::string_view text, std::vector<Finding>& findings) {
  if (text.size() > kMostBytes) {
    findings.push_back({Finding::Weight::error, 0, fmt::format("more than {} bytes", kMostBytes), ""});
    return std::nullopt;
  }
  try {
    return TreeReader(findings).read(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    findings.push_back({Finding::Weight::error, error.mark.line + 1, "no YAML: " + error.msg, ""});
  } catch (const Beyond&) {
  }
  return std::nullopt;
}

}  // namespace manifest
