#include "base/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <set>

#include "base/yaml_include.hpp"

namespace agent {
namespace {

// Turns one expanded document into entries.
class YamlFlattener {
 public:
  explicit YamlFlattener(const YamlText& source) : source_(source) {}

  void add_root(const YAML::Node& root) {
    if (root.IsNull()) return;
    if (root.IsMap()) {
      add_map(root, "", 0);
    } else {
      problem(root, "", "expected keys with values");
    }
  }

  void problem(const YAML::Mark& mark, std::string_view key, std::string_view text) {
    const YamlSource at = origin(mark);
    out_.problems.push_back(
        {at.file, at.line, key.empty() ? std::string(text) : fmt::format("{}: {}", key, text)});
  }

  SettingFile take() { return std::move(out_); }

 private:
  void add_map(const YAML::Node& map, const std::string& prefix, int depth) {
    std::set<std::string> seen;
    for (const auto& pair : map) {
      if (visited_ >= kMaxYamlNodes) return;
      if (!pair.first.IsScalar()) {
        problem(pair.first, prefix, "a key must be a plain text");
        continue;
      }
      const std::string key = prefix + pair.first.Scalar();
      if (!seen.insert(key).second) problem(pair.first, key, "stands twice in the same map");
      add_value(key, pair.first, pair.second, depth);
    }
  }

  void add_value(const std::string& key, const YAML::Node& name, const YAML::Node& value, int depth) {
    if (++visited_ >= kMaxYamlNodes) {
      if (visited_ == kMaxYamlNodes) problem(name, key, fmt::format("more than {} values", kMaxYamlNodes));
    } else if (depth >= kMaxYamlDepth) {
      problem(name, key, fmt::format("nests deeper than {} maps", kMaxYamlDepth));
    } else if (value.IsMap()) {
      add_map(value, key + ".", depth + 1);
    } else if (value.IsScalar()) {
      add_entry(out_.entries, key, name, value.Scalar());
    } else if (value.IsNull()) {
      add_entry(out_.unset, key, name, "");
    } else if (value.IsSequence()) {
      add_list(key, name, value);
    }
  }

  void add_list(const std::string& key, const YAML::Node& name, const YAML::Node& list) {
    bool scalars = true;
    for (const auto& item : list) scalars = scalars && item.IsScalar();
    if (!scalars) {
      json::Writer out;
      if (write_json(out, list, 0)) {
        add_entry(out_.entries, key, name, out.take());
      } else {
        problem(name, key, "nests too deep or has too many values");
      }
      return;
    }
    std::string text;
    for (const auto& item : list) {
      if (item.Scalar().find(',') != std::string::npos)
        problem(item, key, "a list item cannot contain a comma");
      if (!text.empty()) text += ',';
      text += item.Scalar();
    }
    add_entry(out_.entries, key, name, std::move(text));
  }

  // False when it nests too deep.
  bool write_json(json::Writer& out, const YAML::Node& node, int depth) {
    if (depth >= kMaxYamlDepth || ++visited_ >= kMaxYamlNodes) return false;
    bool complete = true;
    if (node.IsMap()) {
      out.begin_object();
      for (const auto& pair : node) {
        if (!complete) break;
        out.key(pair.first.IsScalar() ? pair.first.Scalar() : std::string());
        complete = write_json_value(out, pair.second, depth);
      }
      out.end_object();
    } else if (node.IsSequence()) {
      out.begin_array();
      for (const auto& item : node) complete = complete && write_json_value(out, item, depth);
      out.end_array();
    } else {
      write_scalar(out, node);
    }
    return complete;
  }

  bool write_json_value(json::Writer& out, const YAML::Node& node, int depth) {
    if (write_json(out, node, depth + 1)) return true;
    out.null();
    return false;
  }

  // Plain numbers and booleans stay what they are; quoted ones are text.
  static void write_scalar(json::Writer& out, const YAML::Node& node) {
    if (!node.IsDefined() || node.IsNull()) {
      out.null();
      return;
    }
    const std::string& text = node.Scalar();
    const bool plain = node.Tag() == "?";
    if (plain && (text == "true" || text == "false")) {
      out.boolean(text == "true");
    } else if (!plain || !write_number(out, text)) {
      out.string(text);
    }
  }

  static bool write_number(json::Writer& out, const std::string& text) {
    const char* const end = text.data() + text.size();
    std::int64_t whole = 0;
    if (const auto result = std::from_chars(text.data(), end, whole);
        result.ec == std::errc{} && result.ptr == end) {
      out.integer(whole);
      return true;
    }
    double number = 0;
    const bool numeric = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
    const auto result = std::from_chars(text.data(), end, number);
    if (!numeric || result.ec != std::errc{} || result.ptr != end) return false;
    out.number(number);
    return true;
  }

  void add_entry(std::vector<SettingEntry>& list, const std::string& key, const YAML::Node& name,
                 std::string text) {
    const YamlSource at = origin(name.Mark());
    list.push_back({key, std::move(text), at.file, at.line, name.Mark().column - at.indent});
  }

  void problem(const YAML::Node& node, std::string_view key, std::string_view text) {
    problem(node.Mark(), key, text);
  }

  YamlSource origin(const YAML::Mark& mark) const {
    if (source_.sources.empty()) return {};
    const auto last = source_.sources.size() - 1;
    return source_.sources[mark.line < 0 ? last : std::min(static_cast<std::size_t>(mark.line), last)];
  }

  const YamlText& source_;
  SettingFile out_;
  std::size_t visited_ = 0;
};

}  // namespace

SettingFile parse_yaml(std::string_view text, const std::string& file) {
  SettingFile failed;
  try {
    YamlText expanded = expand_yaml(text, file);
    YamlFlattener flattener(expanded);
    try {
      flattener.add_root(YAML::Load(expanded.text));
    } catch (const YAML::Exception& error) {
      flattener.problem(error.mark, "", error.msg);
    }
    SettingFile out = flattener.take();
    out.warnings = std::move(expanded.warnings);
    return out;
  } catch (const Error& error) {
    failed.problems.push_back({"", 0, error.what()});
  }
  return failed;
}

}  // namespace agent
