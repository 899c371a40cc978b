#include "store/schema/sql_statements.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/error.hpp"
#include "base/ascii_case.hpp"
#include "base/digest.hpp"

namespace server::schema {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n\v\f";

[[noreturn]] void fail(int line, const std::string& what) {
  throw agent::Error(agent::Errc::bad_message, "line " + std::to_string(line) + ": " + what);
}

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

bool is_word(char c) {
  const char lower = agent::to_lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// In lower case; "" when it begins with something else.
std::string first_word(std::string_view text) {
  return agent::to_lower(std::string(text.begin(), std::find_if_not(text.begin(), text.end(), is_word)));
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

class Splitter {
 public:
  Splitter(std::string_view text, const SqlDialect& dialect) : text_(text), dialect_(dialect) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  std::vector<SqlStatement> split() {
    while (at_ < text_.size()) step();
    end_statement();
    return std::move(statements_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  void step() {
    if (is_delimiter_line()) return read_delimiter();
    if (rest().starts_with(delimiter_)) return pass_delimiter();
    if (const std::size_t size = line_comment_size()) return advance(size);
    if (rest().starts_with("/*")) return pass_comment();
    const char c = text_[at_];
    if (!is_blank(c)) begin_statement();
    if (c == '\'' || c == '"' || c == '`') return pass_quoted(c);
    if (c == '[' && dialect_.has_brackets) return pass_until("]", 1, "name");
    advance(1);
  }

  void advance(std::size_t count) {
    line_ += static_cast<int>(std::count(text_.begin() + at_, text_.begin() + at_ + count, '\n'));
    at_ += count;
  }

  // ---- delimiters

  bool is_delimiter_line() const {
    return !has_begun_ && is_at_line_start() && first_word(rest()) == "delimiter";
  }

  bool is_at_line_start() const {
    const std::string_view before = text_.substr(0, at_);
    const std::size_t end = before.find_last_not_of(" \t");
    return end == std::string_view::npos || before[end] == '\n';
  }

  void read_delimiter() {
    const std::string_view line = rest().substr(0, rest().find('\n'));
    const std::string_view value = trimmed(line.substr(std::string_view("DELIMITER").size()));
    if (value.empty() || value.find_first_of("\\ \t") != std::string_view::npos)
      fail(line_, "DELIMITER wants one word without a backslash, as in DELIMITER //");
    delimiter_ = value;
    advance(line.size());
  }

  void pass_delimiter() {
    const std::size_t end = at_ + delimiter_.size();
    if (has_begun_ && delimiter_ == ";" && dialect_.is_complete != nullptr &&
        !dialect_.is_complete(std::string(text_.substr(begin_, end - begin_))))
      return advance(delimiter_.size());
    end_statement();
    advance(delimiter_.size());
  }

  // ---- statements

  void begin_statement() {
    if (has_begun_) return;
    has_begun_ = true;
    begin_ = at_;
    begin_line_ = line_;
  }

  void end_statement() {
    if (!std::exchange(has_begun_, false)) return;
    statements_.push_back({std::string(trimmed(text_.substr(begin_, at_ - begin_))), begin_line_});
  }

  // ---- comments and quotes

  // Without its end of line; 0 = there is none here.
  std::size_t line_comment_size() const {
    const std::string_view here = rest();
    const bool is_dashes =
        here.starts_with("--") && (!dialect_.dashes_need_blank || here.size() == 2 || is_blank(here[2]));
    const bool is_hash = dialect_.has_hash_comments && here.starts_with('#');
    return is_dashes || is_hash ? std::min(here.find('\n'), here.size()) : 0;
  }

  void pass_comment() {
    const bool is_run =
        dialect_.has_run_comments && (rest().starts_with("/*!") || rest().starts_with("/*M!"));
    if (is_run) begin_statement();
    pass_until("*/", 2, "comment");
  }

  void pass_quoted(char quote) {
    const bool has_escapes = dialect_.has_backslash_escapes &&
                             (quote == '\'' || (quote == '"' && dialect_.double_quotes_are_strings));
    if (!has_escapes) return pass_until(std::string_view(&quote, 1), 1, quote == '\'' ? "string" : "quote");
    const std::size_t begin = at_;
    std::size_t end = begin + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) fail(line_, "the string that begins here does not end");
    advance(end + 1 - begin);
  }

  // A doubled quote ends one and begins the next: the same for us.
  void pass_until(std::string_view mark, std::size_t from, const std::string& what) {
    const std::size_t end = text_.find(mark, at_ + from);
    if (end == std::string_view::npos) fail(line_, "the " + what + " that begins here does not end");
    advance(end + mark.size() - at_);
  }

  std::string_view text_;
  const SqlDialect& dialect_;
  std::string delimiter_ = ";";
  std::size_t at_ = 0;
  int line_ = 1;
  bool has_begun_ = false;
  std::size_t begin_ = 0;
  int begin_line_ = 1;
  std::vector<SqlStatement> statements_;
};

// "/*!40101 SET x */" is "SET x".
std::string_view without_run_comment(std::string_view text) {
  for (const std::string_view mark : {"/*!", "/*M!"}) {
    if (!text.starts_with(mark)) continue;
    text.remove_prefix(mark.size());
    const std::size_t begin = text.find_first_not_of("0123456789 \t\r\n");
    return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  }
  return text;
}

template <std::size_t count>
bool is_one_of(std::string_view word, const std::array<std::string_view, count>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 14> kData{"insert", "replace", "update",   "delete", "select",
                                                 "with",   "values",  "table",    "load",   "do",
                                                 "show",   "explain", "describe", "desc"};
constexpr std::array<std::string_view, 3> kSetting{"set", "prepare", "deallocate"};
constexpr std::array<std::string_view, 7> kOpaque{"call", "execute", "if", "case", "loop", "while", "for"};

[[noreturn]] void refuse(const std::string& what) { throw agent::Error(agent::Errc::bad_message, what); }

}  // namespace

std::vector<SqlStatement> split_sql(std::string_view text, const SqlDialect& dialect) {
  return Splitter(text, dialect).split();
}

StatementKind kind_of(std::string_view statement) {
  const std::string_view text = without_run_comment(statement);
  const std::string first = first_word(text);
  const std::string_view behind = trimmed(text.substr(first.size()));
  const std::string second = first_word(behind);
  if (first.empty() || is_one_of(first, kData)) return StatementKind::data;  // first.empty(): "(SELECT …)"
  if (is_one_of(first, kSetting)) return StatementKind::setting;
  if (is_one_of(first, kOpaque)) return StatementKind::opaque;
  if (first == "begin") return second == "not" ? StatementKind::opaque : StatementKind::begin;
  if (first == "start" && second == "transaction") return StatementKind::begin;
  if (first == "commit" || first == "end") return StatementKind::commit;
  if ((first == "lock" || first == "unlock") && second.starts_with("table")) return StatementKind::ignored;
  if (first == "rollback" || first == "xa")
    refuse("ROLLBACK and XA: an upgrade takes nothing back; leave it out");
  if (first == "use") refuse("USE: all of an upgrade happens in one database; write database.table");
  return StatementKind::definition;
}

std::string digest_of(std::string_view statement) {
  std::string plain;
  plain.reserve(statement.size());
  for (std::size_t i = 0; i < statement.size(); ++i)
    if (!statement.substr(i).starts_with("\r\n")) plain += statement[i];
  return agent::hex(agent::Sha256::of(plain));
}

}  // namespace server::schema
