#include "grok_parser.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <fstream>

#include "grok_library.hpp"

namespace logkit {
namespace {

std::string_view without_quotes(std::string_view text) {
  text = trimmed(text);
  const bool has_quotes =
      text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  return has_quotes ? text.substr(1, text.size() - 2) : text;
}

class GrokParser final : public Parser {
 public:
  GrokParser(std::vector<GrokPattern> patterns, bool is_multi, const DateRules& dates)
      : patterns_(std::move(patterns)), is_multi_(is_multi), dates_(dates) {}

  bool parse(std::string_view line, RecordSink& sink, std::string& why) override {
    Record& record = sink.record();
    if (is_multi_ && line.find('\n') != std::string_view::npos) line = one_line(line, record.arena());
    for (const GrokPattern& pattern : patterns_) {
      if (!pattern.pattern.finds(line, groups_)) continue;
      add(pattern, record);
      sink.done();
      return true;
    }
    why = "has the form of no pattern";
    return false;
  }

 private:
  static std::string_view one_line(std::string_view line, Arena& arena) {
    char* const begin = arena.take(line.size());
    std::replace_copy(line.begin(), line.end(), begin, '\n', ' ');
    return {begin, line.size()};
  }

  void add(const GrokPattern& pattern, Record& record) {
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const GrokField& field = pattern.fields[i];
      const std::string_view text = without_quotes(groups_[i]);
      if (field.name.empty() || text.empty()) continue;
      const auto value = field.type == ValueType::date
                             ? date_value(text, record.arena())
                             : typed_value(field.type, text, record.arena(), dates_);
      if (!value) continue;
      if (pattern.has_twins)
        record.set(field.name, *value);
      else
        record.add(field.name, *value);
    }
  }

  // Many lines have the date of the one before.
  std::optional<Value> date_value(std::string_view text, Arena& arena) {
    if (text != last_text_) {
      const auto date = parse_any_date(text, at_this_time(dates_));
      if (!date) return std::nullopt;
      last_text_ = text;
      last_date_ = to_rfc3339(*date);
    }
    return Value{arena.keep(last_date_), false};
  }

  std::vector<GrokPattern> patterns_;
  bool is_multi_;
  DateRules dates_;
  std::string last_text_;
  std::string last_date_;
  std::vector<std::string_view> groups_;
};

// At commas that are in no brackets.
std::vector<std::string> split_patterns(std::string_view text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ',' && depth == 0) {
      parts.push_back(std::move(part));
      part.clear();
      continue;
    }
    part += c;
    if (c == '\\' && i + 1 < text.size()) part += text[++i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
  }
  parts.push_back(std::move(part));
  std::erase_if(parts, [](const std::string& p) { return trimmed(p).empty(); });
  return parts;
}

void add_files(const PartOptions& options, GrokLibrary& library) {
  for (const std::string& path : options.list("grok_custom_pattern_files")) {
    std::ifstream file(path, std::ios::binary);
    if (!file) options.fail("grok_custom_pattern_files: '" + path + "' cannot be read");
    library.add(std::string{std::istreambuf_iterator<char>(file), {}});
  }
}

}  // namespace

std::unique_ptr<Parser> make_grok_parser(const PartOptions& options) {
  const std::string expressions = options.required("grok_patterns");
  const DateRules dates = read_date_rules(options);
  const bool is_multi = options.one_of("grok_mode", "oneline", {"multi", "oneline"}) == "multi";
  std::vector<GrokPattern> patterns;
  try {
    GrokLibrary library;
    add_files(options, library);
    library.add(options.text("grok_custom_patterns"));
    for (const std::string& expression : split_patterns(expressions))
      patterns.push_back(library.compile(trimmed(expression)));
  } catch (const agent::Error& error) {
    if (std::string_view(error.what()).starts_with(options.where())) throw;
    options.fail(std::string("grok_patterns: ") + error.what());
  }
  return std::make_unique<GrokParser>(std::move(patterns), is_multi, dates);
}

}  // namespace logkit
