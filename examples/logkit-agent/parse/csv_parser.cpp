#include "csv_parser.hpp"

#include <agent/utf8.hpp>
#include <algorithm>
#include <set>

#include "csv_schema.hpp"
#include "json_members.hpp"

namespace logkit {
namespace {

// A name in an error has at most so many bytes.
constexpr std::size_t kMostOfName = 100;

struct CsvRules {
  std::vector<CsvColumn> columns;
  bool has_header = false;  // the columns are those of the first line
  bool renames = false;
  std::string splitter = "\t";
  bool allows_mismatch = false;
  std::string more_name;
  std::uint64_t more_start = 0;
  std::string wide_name;  // of the column that may contain the splitter
  std::size_t wide_column = static_cast<std::size_t>(-1);
  bool has_quotes = true;
  bool ignores_invalid = false;
  DateRules dates;
};

void rename_columns(CsvRules& rules) {
  if (!rules.renames) return;
  for (CsvColumn& column : rules.columns) std::replace(column.name.begin(), column.name.end(), '-', '_');
}

// False: there is no such column.
bool find_wide_column(CsvRules& rules) {
  const auto is_it = [&](const CsvColumn& column) { return column.name == rules.wide_name; };
  const auto found = std::find_if(rules.columns.begin(), rules.columns.end(), is_it);
  if (found != rules.columns.end())
    rules.wide_column = static_cast<std::size_t>(found - rules.columns.begin());
  return rules.wide_name.empty() || found != rules.columns.end();
}

class CsvParser final : public Parser {
 public:
  explicit CsvParser(CsvRules rules) : rules_(std::move(rules)) {}

  bool has_header() const override { return rules_.has_header; }
  void set_header(std::string_view line) override {
    Arena arena;
    rules_.columns.clear();
    split(line, arena);
    for (const std::string_view part : parts_) {
      CsvColumn column;
      column.name = trimmed(part);
      rules_.columns.push_back(std::move(column));
    }
    header_problem_ = find_header_problem();
    if (header_problem_.empty()) rename_columns(rules_);
  }

  bool parse(std::string_view line, RecordSink& sink, std::string& why) override {
    if (!header_problem_.empty()) {
      why = "has no columns: its file's first line " + header_problem_;
      return false;
    }
    Record& record = sink.record();
    split(line, record.arena());
    join_wide_column(line);
    const std::size_t wanted = rules_.columns.size();
    const bool may_be_more = rules_.allows_mismatch || !rules_.more_name.empty();
    if ((parts_.size() < wanted && !rules_.allows_mismatch) || (parts_.size() > wanted && !may_be_more)) {
      why = "has " + std::to_string(parts_.size()) + " columns instead of " + std::to_string(wanted);
      return false;
    }
    for (std::size_t i = 0; i < std::min(parts_.size(), wanted); ++i)
      if (!add(rules_.columns[i], trimmed(parts_[i]), record, why)) return false;
    if (!rules_.more_name.empty()) add_more(record);
    if (record.empty()) {
      why = "has no valid column";
      return false;
    }
    sink.done();
    return true;
  }

 private:
  // "": the columns are as they should be.
  std::string find_header_problem() {
    std::set<std::string_view> names;
    for (const CsvColumn& column : rules_.columns) {
      if (column.name.empty()) return "has no name for column " + std::to_string(names.size() + 1);
      if (!names.insert(column.name).second)
        return "has the name " + column.name.substr(0, kMostOfName) + " twice";
    }
    return find_wide_column(rules_) ? "" : "has no column " + rules_.wide_name;
  }

  // Into `parts_`. A part in quotes may have the splitter, and quotes that are written twice.
  void split(std::string_view line, Arena& arena) {
    parts_.clear();
    for (;;) {
      const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
      if (rules_.has_quotes && line.substr(blanks).starts_with('"') && take_quoted(line, blanks, arena)) {
        if (line.empty()) return;
      } else {
        const std::size_t end = std::min(line.find(rules_.splitter), line.size());
        parts_.push_back(line.substr(0, end));
        line.remove_prefix(end);
        if (line.empty()) return;
      }
      line.remove_prefix(rules_.splitter.size());
    }
  }

  // False: the quotes do not end before a splitter or the end of the line, and are ordinary characters.
  bool take_quoted(std::string_view& line, std::size_t begin, Arena& arena) {
    std::string text;
    std::size_t at = begin + 1;
    for (;; ++at) {
      if (at >= line.size()) return false;
      if (line[at] == '"' && at + 1 < line.size() && line[at + 1] == '"')
        ++at;
      else if (line[at] == '"')
        break;
      text += line[at];
    }
    std::string_view rest = line.substr(at + 1);
    if (rules_.splitter != " ") rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (!rest.empty() && !rest.starts_with(rules_.splitter)) return false;
    parts_.push_back(arena.keep(text));
    line = rest;
    return true;
  }

  // Parts without quotes lie in the line, one behind the other.
  void join_wide_column(std::string_view line) {
    const std::size_t wanted = rules_.columns.size();
    const std::size_t wide = rules_.wide_column;
    if (wide >= wanted || parts_.size() <= wanted) return;
    const std::size_t last = wide + parts_.size() - wanted;
    const auto is_in_line = [&](std::string_view part) {
      return part.data() >= line.data() && part.data() + part.size() <= line.data() + line.size();
    };
    if (!is_in_line(parts_[wide]) || !is_in_line(parts_[last])) return;
    const char* const end = parts_[last].data() + parts_[last].size();
    parts_[wide] = {parts_[wide].data(), static_cast<std::size_t>(end - parts_[wide].data())};
    parts_.erase(parts_.begin() + static_cast<long>(wide) + 1, parts_.begin() + static_cast<long>(last) + 1);
  }

  bool add(const CsvColumn& column, std::string_view text, Record& record, std::string& why) {
    if (column.is_map) return add_map(column, text, record, why);
    const bool is_number = column.type == ValueType::whole || column.type == ValueType::number;
    const DateRules dates = column.type == ValueType::date ? at_this_time(rules_.dates) : rules_.dates;
    if (text.empty() && is_number) text = "0";
    std::optional<Value> value = typed_value(column.type, text, record.arena(), dates);
    if (text.empty() && column.type == ValueType::date)
      value = Value{record.arena().keep(to_rfc3339({dates.now, 0, 0})), false};
    // Names of a header are another file's soon.
    if (value) record.add(rules_.has_header ? record.arena().keep(column.name) : column.name, *value);
    if (!value) why = "has another type in column " + column.name;
    return value || rules_.ignores_invalid;
  }

  bool add_map(const CsvColumn& column, std::string_view text, Record& record, std::string& why) {
    if (text.empty()) return true;
    Record members(record.arena());
    if (!add_json_members(text, members)) {
      why = "has no JSON object in column " + column.name;
      return rules_.ignores_invalid;
    }
    for (const Field& field : members.fields()) {
      const auto is_this = [&](const CsvColumn& member) { return member.name == field.key; };
      const auto found = std::find_if(column.members.begin(), column.members.end(), is_this);
      if (found == column.members.end() && !column.members.empty()) continue;
      std::optional<Value> value = field.value;
      if (found != column.members.end() && !(found->type == ValueType::text && field.value.is_json))
        value = typed_value(found->type, field.value.text, record.arena(), rules_.dates);
      if (value) record.add(record.arena().keep(column.name + "-" + std::string(field.key)), *value);
      if (value || rules_.ignores_invalid) continue;
      why = "has another type in " + column.name + "-" + std::string(field.key);
      return false;
    }
    return true;
  }

  void add_more(Record& record) {
    std::uint64_t number = rules_.more_start;
    for (std::size_t i = rules_.columns.size(); i < parts_.size(); ++i)
      record.add(record.arena().keep(rules_.more_name + std::to_string(number++)), trimmed(parts_[i]));
  }

  CsvRules rules_;
  std::string header_problem_;
  std::vector<std::string_view> parts_;
};

std::string read_splitter(const PartOptions& options) {
  std::string text = options.text("csv_splitter", "\t");
  if (text.starts_with("\\t")) return "\t";
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  text.resize(size);
  if (!agent::is_utf8(text)) options.fail("csv_splitter: no UTF-8");
  return text;
}

void read_columns(const PartOptions& options, CsvRules& rules) {
  rules.renames = options.flag("csv_auto_rename", false);
  rules.wide_name = options.text("csv_contain_splitter_key");
  rules.has_header = options.text("csv_schema").empty();
  if (rules.has_header) return;
  rules.columns = read_csv_schema(options, "csv_schema");
  if (!find_wide_column(rules))
    options.fail("csv_contain_splitter_key: '" + rules.wide_name + "' is no column");
  rename_columns(rules);
}

}  // namespace

std::unique_ptr<Parser> make_csv_parser(const PartOptions& options) {
  CsvRules rules;
  read_columns(options, rules);
  rules.splitter = read_splitter(options);
  rules.allows_mismatch = options.flag("csv_allow_no_match", false);
  rules.more_name = options.text("csv_allow_more");
  rules.more_start = options.number("csv_more_start_number", 0, 0, 1'000'000'000);
  const bool has_map =
      std::any_of(rules.columns.begin(), rules.columns.end(), [](const auto& c) { return c.is_map; });
  rules.has_quotes = !options.flag("csv_ignore_quote_in_filed", false) && !has_map;
  rules.ignores_invalid = options.flag("csv_ignore_invalid", false);
  rules.dates = read_date_rules(options);
  return std::make_unique<CsvParser>(std::move(rules));
}

}  // namespace logkit
