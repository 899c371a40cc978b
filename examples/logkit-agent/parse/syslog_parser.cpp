#include "syslog_parser.hpp"

#include <array>
#include <charconv>

#include "json_members.hpp"
#include "typed_value.hpp"

namespace logkit {
namespace {

constexpr std::array<std::string_view, 24> kFacilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> kSeverities{"emergency", "alert",  "critical",      "error",
                                                      "warning",   "notice", "informational", "debug"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Up to the next blank, which is skipped, too.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// "<34>". False: there is none; -1 then.
bool take_priority(std::string_view& text, int& priority) {
  priority = -1;
  const std::size_t close = text.find('>');
  if (!text.starts_with('<') || close == std::string_view::npos || close < 2 || close > 4) return false;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + close, priority);
  if (error != std::errc() || end != text.data() + close || priority < 0 || priority > 191) return false;
  text.remove_prefix(close + 1);
  return true;
}

// "[id a="b"]…" or "-". False: another form.
bool take_structured(std::string_view& text, std::string_view& data) {
  if (text.starts_with('-')) {
    data = text.substr(0, 1);
    text.remove_prefix(1);
    return true;
  }
  std::size_t at = 0;
  while (at < text.size() && text[at] == '[') {
    bool is_quoted = false;
    for (++at; at < text.size() && (is_quoted || text[at] != ']'); ++at) {
      if (is_quoted && text[at] == '\\')
        ++at;
      else if (text[at] == '"')
        is_quoted = !is_quoted;
    }
    if (at++ >= text.size()) return false;
  }
  data = text.substr(0, at);
  text.remove_prefix(at);
  return at > 0;
}

class SyslogParser final : public Parser {
 public:
  SyslogParser(std::string rfc, bool has_year, bool names_facility, bool names_severity,
               const DateRules& dates)
      : rfc_(std::move(rfc)),
        has_year_(has_year),
        names_facility_(names_facility),
        names_severity_(names_severity),
        dates_(dates) {}

  bool parse(std::string_view line, RecordSink& sink, std::string& why) override {
    std::string_view text = line;
    if (rfc_ == "rfc6587" || (rfc_ == "automic" && !text.empty() && is_digit(text.front())))
      skip_length(text);
    Record& record = sink.record();
    int priority = 0;
    if (take_priority(text, priority)) add_priority(record, priority);
    const bool is_new =
        rfc_ == "rfc5424" || (rfc_ != "rfc3164" && text.size() > 1 && is_digit(text[0]) && text[1] == ' ');
    const bool is_right = is_new && priority >= 0 ? parse_5424(text, record) : parse_3164(text, record);
    if (!is_right) why = is_new ? "is no message of RFC 5424" : "is no message of RFC 3164";
    if (is_right) sink.done();
    return is_right;
  }

 private:
  static void skip_length(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && is_digit(text[size])) ++size;
    if (size > 0 && size < text.size() && text[size] == ' ' && text.substr(size + 1).starts_with('<'))
      text.remove_prefix(size + 1);
  }

  void add_priority(Record& record, int priority) const {
    const auto number = [&](int n) { return Value{record.arena().keep(std::to_string(n)), true}; };
    record.add("priority", number(priority));
    const auto facility = static_cast<std::size_t>(priority / 8);
    record.add("facility", names_facility_ ? Value{kFacilities[facility], false} : number(priority / 8));
    record.add("severity", names_severity_ ? Value{kSeverities[static_cast<std::size_t>(priority % 8)], false}
                                           : number(priority % 8));
  }

  // "Feb 25 14:09:07 host tag[12]: text", or with a date of RFC 3339.
  bool parse_3164(std::string_view text, Record& record) const {
    const std::optional<std::string_view> date = take_old_date(text, record);
    if (!date) return false;
    record.add("timestamp", *date);
    record.add("hostname", take_word(text));
    const std::size_t end = std::min(text.find_first_of(":[ "), text.size());
    if (end < text.size() && text[end] != ' ') {
      record.add("tag", text.substr(0, end));
      text.remove_prefix(end);
      take_process(text, record);
      if (text.starts_with(':')) text.remove_prefix(1);
    }
    record.add("content", trimmed(text));
    return true;
  }

  std::optional<std::string_view> take_old_date(std::string_view& text, Record& record) const {
    const auto kept = [&](const DateTime& date) { return record.arena().keep(to_rfc3339(date)); };
    const DateRules dates = at_this_time(dates_);
    const std::size_t size = has_year_ ? 20 : 15;
    if (text.size() > size && text[size] == ' ') {
      const char* const layout = has_year_ ? "%Y %b %e %H:%M:%S" : "%b %e %H:%M:%S";
      if (const auto date = parse_date(text.substr(0, size), layout, dates)) {
        text.remove_prefix(size + 1);
        return kept(*date);
      }
    }
    std::string_view rest = text;
    const auto date = parse_date(take_word(rest), "%Y-%m-%dT%H:%M:%S%z", dates);
    if (!date) return std::nullopt;
    text = rest;
    return kept(*date);
  }

  static void take_process(std::string_view& text, Record& record) {
    const std::size_t close = text.find(']');
    if (!text.starts_with('[') || close == std::string_view::npos) return;
    record.add("proc_id", text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  }

  bool parse_5424(std::string_view text, Record& record) const {
    const auto add = [&](std::string_view key, std::string_view word) {
      if (word != "-") record.add(key, word);
    };
    record.add("version", {take_word(text), true});
    const std::string_view time = take_word(text);
    const auto date = parse_date(time, "%Y-%m-%dT%H:%M:%S%z", dates_);
    if (!date && time != "-") return false;
    if (date) record.add("timestamp", record.arena().keep(to_rfc3339(*date)));
    for (const std::string_view key : {"hostname", "app_name", "proc_id", "msg_id"}) {
      const std::string_view word = take_word(text);
      if (word.empty()) return false;
      add(key, word);
    }
    std::string_view data;
    if (!take_structured(text, data)) return false;
    add("structured_data", data);
    if (text.starts_with(' ')) text.remove_prefix(1);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    record.add("message", text);
    return true;
  }

  std::string rfc_;
  bool has_year_;
  bool names_facility_;
  bool names_severity_;
  DateRules dates_;
};

}  // namespace

std::unique_ptr<Parser> make_syslog_parser(const PartOptions& options) {
  const std::string rfc =
      options.one_of("syslog_rfc", "automic", {"automic", "rfc3164", "rfc5424", "rfc6587"});
  // Lines are joined by the reader.
  options.ignore({"syslog_maxline"});
  return std::make_unique<SyslogParser>(rfc, options.flag("rfc3164_parse_year", false),
                                        options.flag("facility_detail", false),
                                        options.flag("severity_detail", false), read_date_rules(options));
}

}  // namespace logkit
