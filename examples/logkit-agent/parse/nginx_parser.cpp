#include "nginx_parser.hpp"

#include <agent/error.hpp>
#include <fstream>
#include <map>

#include "text_pattern.hpp"
#include "typed_value.hpp"

namespace logkit {
namespace {

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void append_literal(std::string& out, char c) {
  if (!is_name(c) && static_cast<unsigned char>(c) < 0x80) out += '\\';
  out += c;
}

using Types = std::map<std::string, ValueType, std::less<>>;

Types read_types(const PartOptions& options) {
  Types types;
  for (const std::string& part : options.list("nginx_schema")) {
    const std::size_t end = part.find_first_of(" :");
    const std::optional<ValueType> type =
        end == std::string::npos ? std::nullopt
                                 : read_value_type(trimmed(std::string_view(part).substr(end + 1)));
    if (!type) options.fail("nginx_schema: '" + part + "' is no name and type, such as 'bytes_sent long'");
    types[part.substr(0, end)] = *type;
  }
  return types;
}

class NginxParser final : public Parser {
 public:
  NginxParser(TextPattern pattern, const Types& types, const DateRules& dates)
      : pattern_(std::move(pattern)), dates_(dates) {
    for (const std::string& name : pattern_.group_names()) {
      const auto found = types.find(name);
      types_.push_back(found == types.end() ? ValueType::text : found->second);
    }
  }

  bool parse(std::string_view line, RecordSink& sink, std::string& why) override {
    if (!pattern_.finds(line, groups_)) {
      why = "has another form than the log format";
      return false;
    }
    Record& record = sink.record();
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const std::string& name = pattern_.group_names()[i];
      if (!name.empty() && groups_[i].data() != nullptr)
        record.set(name, value_of(i, trimmed(groups_[i]), record));
    }
    sink.done();
    return true;
  }

 private:
  Value value_of(std::size_t index, std::string_view text, Record& record) const {
    const ValueType type = types_[index];
    const bool is_number = type == ValueType::whole || type == ValueType::number;
    if (is_number && (text == "-" || text.empty())) return {"0", true};
    const DateRules dates = type == ValueType::date ? at_this_time(dates_) : dates_;
    return typed_value(type, text, record.arena(), dates).value_or(Value{text, false});
  }

  TextPattern pattern_;
  DateRules dates_;
  std::vector<ValueType> types_;
  std::vector<std::string_view> groups_;
};

std::string read_expression(const PartOptions& options) {
  std::string expression = options.text("nginx_log_format_regex");
  const std::string path = options.text("nginx_log_format_path");
  const std::string name = options.text("nginx_log_format_name", "main");
  if (!expression.empty()) return expression;
  if (path.empty()) options.fail("nginx_log_format_path or nginx_log_format_regex is missing");
  std::ifstream file(path, std::ios::binary);
  if (!file) options.fail("nginx_log_format_path: '" + path + "' cannot be read");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::optional<std::string> format = find_log_format(text, name);
  if (!format) options.fail("nginx_log_format_name: " + path + " has no log_format '" + name + "'");
  return expression_of_format(*format);
}

}  // namespace

std::optional<std::string> find_log_format(std::string_view text, std::string_view name) {
  constexpr std::string_view kWord = "log_format";
  for (std::size_t at = text.find(kWord); at != std::string_view::npos; at = text.find(kWord, at + 1)) {
    const std::size_t line = text.rfind('\n', at) + 1;
    if (text.substr(line, at - line).find('#') != std::string_view::npos) continue;
    std::string_view rest = trimmed(text.substr(at + kWord.size()));
    if (!rest.starts_with(name) || rest.size() == name.size() || is_name(rest[name.size()])) continue;
    rest.remove_prefix(name.size());
    std::string format;
    while (!rest.empty() && rest.front() != ';') {
      const char quote = rest.front();
      rest.remove_prefix(1);
      if (quote != '\'' && quote != '"') continue;
      const std::size_t end = std::min(rest.find(quote), rest.size());
      format += rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return format;
  }
  return std::nullopt;
}

std::string expression_of_format(std::string_view format) {
  std::string out = "^";
  while (!format.empty()) {
    if (format.front() != '$') {
      append_literal(out, format.front());
      format.remove_prefix(1);
      continue;
    }
    format.remove_prefix(1);
    const bool has_braces = format.starts_with('{');
    if (has_braces) format.remove_prefix(1);
    std::size_t size = 0;
    while (size < format.size() && is_name(format[size])) ++size;
    out += "(?P<" + std::string(format.substr(0, size)) + ">";
    format.remove_prefix(size);
    if (has_braces && format.starts_with('}')) format.remove_prefix(1);
    if (format.empty()) {
      out += ".*)";
    } else {
      out += "[^";
      append_literal(out, format.front());
      out += "]*)";
    }
  }
  return out + "$";
}

std::unique_ptr<Parser> make_nginx_parser(const PartOptions& options) {
  const Types types = read_types(options);
  const DateRules dates = read_date_rules(options);
  try {
    return std::make_unique<NginxParser>(TextPattern(read_expression(options)), types, dates);
  } catch (const agent::Error& error) {
    if (std::string_view(error.what()).starts_with(options.where())) throw;
    options.fail(std::string("nginx_log_format_regex: ") + error.what());
  }
}

}  // namespace logkit
