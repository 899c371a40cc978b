#include <agent/error.hpp>
#include <array>

#include "csv_parser.hpp"
#include "grok_parser.hpp"
#include "kv_parser.hpp"
#include "nginx_parser.hpp"
#include "parser.hpp"
#include "simple_parsers.hpp"
#include "syslog_parser.hpp"

namespace logkit {
namespace {

struct Kind {
  std::string_view name;
  std::unique_ptr<Parser> (*make)(const PartOptions&);
};

constexpr std::array kKinds{
    Kind{"KV", make_kv_parser},         Kind{"csv", make_csv_parser},     Kind{"empty", make_empty_parser},
    Kind{"grok", make_grok_parser},     Kind{"json", make_json_parser},   Kind{"kv", make_kv_parser},
    Kind{"logfmt", make_kv_parser},     Kind{"nginx", make_nginx_parser}, Kind{"raw", make_raw_parser},
    Kind{"syslog", make_syslog_parser},
};

const Kind& find_kind(const PartOptions& options) {
  const std::string type = options.text("type", "raw");
  std::vector<std::string_view> names;
  for (const Kind& kind : kKinds) {
    if (kind.name == type) return kind;
    names.push_back(kind.name);
  }
  options.fail("type: " + unknown_word(type, names));
}

// "k v,k2 v2"
std::vector<std::pair<std::string, std::string>> read_labels(const PartOptions& options) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const std::string& label : options.list("labels")) {
    const std::size_t blank = label.find(' ');
    if (blank == std::string::npos)
      options.fail("labels: '" + label + "' is no name and value with a blank between them");
    const std::size_t value = label.find_first_not_of(' ', blank);
    labels.emplace_back(label.substr(0, blank), label.substr(value));
  }
  return labels;
}

}  // namespace

ParserFrame make_parser(const PartOptions& options) {
  options.ignore({"name", "runner_name"});
  ParserFrame out;
  out.parser = find_kind(options).make(options);
  out.drops_failed = options.flag("disable_record_errdata", false);
  out.keeps_raw = options.flag("keep_raw_data", false);
  out.labels = read_labels(options);
  return out;
}

}  // namespace logkit
