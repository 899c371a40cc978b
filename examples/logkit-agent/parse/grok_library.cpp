#include "grok_library.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <set>

namespace logkit {
namespace {

constexpr int kMaxDepth = 30;

[[noreturn]] void fail(const std::string& text) { throw agent::Error(agent::Errc::bad_config, text); }

// Expands an expression. Fields get groups named g0, g1 …
class Expansion {
 public:
  using Patterns = std::map<std::string, std::string, std::less<>>;
  explicit Expansion(const Patterns& patterns) : patterns_(patterns) {}

  void expand(std::string_view text, int depth) {
    if (depth > kMaxDepth) fail("patterns use each other in more than 30 levels, or themselves");
    while (!text.empty()) {
      const std::size_t open = std::min(text.find("%{"), text.size());
      append_plain(text.substr(0, open));
      text.remove_prefix(open);
      if (text.empty()) return;
      const std::size_t close = text.find('}');
      if (close == std::string_view::npos) fail("'" + std::string(text.substr(0, 50)) + "' has no '}'");
      expand_one(text.substr(2, close - 2), depth);
      text.remove_prefix(close + 1);
    }
  }

  const std::string& expression() const { return out_; }
  const std::vector<GrokField>& fields() const { return fields_; }

 private:
  // (?<name> of other engines is (?P<name>; look-behind stays, and is refused later.
  void append_plain(std::string_view text) {
    while (!text.empty()) {
      const std::size_t at = std::min(text.find("(?<"), text.size());
      const bool is_name = at + 3 < text.size() && text[at + 3] != '=' && text[at + 3] != '!';
      const std::size_t size = std::min(at + 3, text.size());
      out_ += text.substr(0, is_name ? at : size);
      if (is_name) out_ += "(?P<";
      text.remove_prefix(size);
    }
    if (out_.size() > TextPattern::kMaxSize) fail("the expression is longer than 256 KiB");
  }

  void expand_one(std::string_view inner, int depth) {
    const std::size_t first = std::min(inner.find(':'), inner.size());
    const std::string_view name = inner.substr(0, first);
    const auto found = patterns_.find(name);
    if (found == patterns_.end()) fail("%{" + std::string(name) + "}: there is no such pattern");
    std::string_view rest = inner.substr(std::min(first + 1, inner.size()));
    if (rest.empty()) {
      out_ += "(?:";
    } else {
      out_ += "(?P<g" + std::to_string(fields_.size()) + ">";
      fields_.push_back(read_field(rest));
    }
    expand(found->second, depth + 1);
    out_ += ')';
  }

  static GrokField read_field(std::string_view text) {
    GrokField field;
    const std::size_t colon = text.rfind(':');
    field.name = text.substr(0, colon);
    if (colon == std::string_view::npos) return field;
    const std::string_view word = text.substr(colon + 1);
    field.is_dropped = word == "drop";
    const std::optional<ValueType> type = read_value_type(word);
    if (!type && !field.is_dropped)
      fail("'" + std::string(text) + "': the type is none of string, long, float, date, bool, drop");
    field.type = type.value_or(ValueType::text);
    return field;
  }

  const Patterns& patterns_;
  std::string out_;
  std::vector<GrokField> fields_;
};

// Fields by the order of the groups; a group with a name of its own is a text.
std::vector<GrokField> fields_of(const TextPattern& pattern, const std::vector<GrokField>& known) {
  std::vector<GrokField> fields;
  for (const std::string& name : pattern.group_names()) {
    const bool is_ours =
        name.size() > 1 && name[0] == 'g' && name.find_first_not_of("0123456789", 1) == std::string::npos;
    const std::size_t index = is_ours ? std::stoul(name.substr(1)) : known.size();
    fields.push_back(index < known.size() ? known[index] : GrokField{name, ValueType::text, false});
    if (fields.back().is_dropped) fields.back().name.clear();
  }
  return fields;
}

bool has_twins(const std::vector<GrokField>& fields) {
  std::set<std::string_view> names;
  return std::any_of(fields.begin(), fields.end(), [&](const GrokField& field) {
    return !field.name.empty() && !names.insert(field.name).second;
  });
}

}  // namespace

GrokLibrary::GrokLibrary() { add(grok_patterns()); }

void GrokLibrary::add(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = trimmed(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos)
      fail("'" + std::string(line.substr(0, 100)) + "' is no name and expression");
    patterns_[std::string(line.substr(0, blank))] = trimmed(line.substr(blank));
  }
}

GrokPattern GrokLibrary::compile(std::string_view expression) const {
  Expansion expansion(patterns_);
  expansion.expand(expression, 0);
  TextPattern pattern(expansion.expression());
  std::vector<GrokField> fields = fields_of(pattern, expansion.fields());
  const bool with_twins = has_twins(fields);
  return {std::move(pattern), std::move(fields), with_twins};
}

}  // namespace logkit
