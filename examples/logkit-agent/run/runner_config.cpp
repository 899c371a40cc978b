#include "runner_config.hpp"

#include <fmt/format.h>

#include <agent/error.hpp>
#include <algorithm>

namespace logkit {
namespace {

using agent::Errc;
using agent::Error;
using JsonValue = agent::json::Value;

constexpr std::size_t kMaxText = 1024 * 1024;
constexpr std::size_t kMaxParts = 100;  // transforms, senders
// Each of these errors may have a kilobyte, in memory and in the status.
constexpr std::uint64_t kMostErrors = 1000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

agent::json::Document parse_json(std::string_view text) {
  if (text.size() > kMaxText) throw Error(Errc::bad_config, "a runner's configuration is longer than 1 MiB");
  try {
    return agent::json::Document::parse(without_comments(text));
  } catch (const Error& error) {
    throw Error(Errc::bad_config, error.what());
  }
}

std::vector<PartOptions> read_list(JsonValue list, std::string_view what) {
  if (list.is_null()) return {};
  if (!list.is_array()) throw Error(Errc::bad_config, fmt::format("{}: expected an array", what));
  if (list.size() > kMaxParts)
    throw Error(Errc::bad_config, fmt::format("{}: more than {}", what, kMaxParts));
  std::vector<PartOptions> parts;
  for (std::size_t i = 0; i < list.size(); ++i)
    parts.emplace_back(list.at(i), fmt::format("{}[{}]", what, i));
  return parts;
}

PartOptions read_part(JsonValue value, std::string_view what) {
  return value.is_null() ? PartOptions() : PartOptions(value, std::string(what));
}

void read_batches(const PartOptions& top, RunnerConfig& out) {
  out.batch_lines = top.number("batch_len", 0, 0, 10'000'000);
  const std::size_t size = top.number("batch_size", 0, 0, 64 * 1024 * 1024);
  if (size > 0) out.batch_size = std::max<std::size_t>(size, 4096);
  const auto interval = top.duration("batch_interval", out.batch_interval);
  if (interval.count() > 0) out.batch_interval = interval;
  const std::size_t line = top.number("max_line_len", 0, 0, 64 * 1024 * 1024);
  if (line > 0) out.max_line = line;
  const std::uint64_t errors = top.number("errors_list_cap", 0, 0, UINT64_MAX);
  if (errors > 0) out.errors_list_cap = std::min(errors, kMostErrors);
}

// Keys that mean something else than they would do here.
void refuse_missing(const PartOptions& top) {
  top.refuse("metric");
  top.refuse("env_tag");
  top.refuse("meta_dir");
  for (const char* flag : {"send_raw", "extra_info", "log_audit", "read_time"}) top.refuse(flag, "false");
}

void warn(const PartOptions& top, RunnerConfig& out) {
  for (const char* name : {"batch_try_times", "is_block", "sync_every", "collect_interval",
                           "max_reader_close_wait_time", "internal_key_prefix", "audit_dir"}) {
    const std::string value = top.text(name);
    if (!value.empty() && value != "0" && value != "false")
      out.warnings.push_back(fmt::format("{} has no effect: a batch is tried until it is taken", name));
  }
  top.ignore(
      {"note", "createtime", "web_folder", "reader", "parser", "transforms", "senders", "router", "cleaner"});
  for (const std::string& name : top.unknown()) out.warnings.push_back(fmt::format("{} is unknown", name));
}

}  // namespace

bool is_runner_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), is_word);
}

std::string without_comments(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool is_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_string && c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
      continue;
    }
    out += c;
    if (c == '"') is_string = !is_string;
    if (is_string && c == '\\' && i + 1 < text.size()) out += text[++i];
  }
  return out;
}

RunnerConfig parse_runner(std::string_view text, std::string_view name) {
  const agent::json::Document document = parse_json(text);
  const JsonValue root = document.root();
  const PartOptions top(root, "runner");
  RunnerConfig out;
  out.name = top.text("name", name);
  if (!is_runner_name(out.name))
    throw Error(Errc::bad_config, fmt::format("name: '{}' is not made of 1 to 128 letters, digits, '.', '_' "
                                              "and '-'",
                                              out.name.substr(0, 200)));
  out.is_stopped = top.flag("is_stopped", false);
  read_batches(top, out);
  refuse_missing(top);
  out.reader = read_part(root.find("reader"), "reader");
  if (out.reader.empty()) throw Error(Errc::bad_config, "reader is missing");
  out.parser = read_part(root.find("parser"), "parser");
  out.transforms = read_list(root.find("transforms"), "transforms");
  out.senders = read_list(root.find("senders"), "senders");
  if (out.senders.empty()) throw Error(Errc::bad_config, "senders is missing: a runner needs one at least");
  out.cleaner = read_part(root.find("cleaner"), "cleaner");
  out.router = read_part(root.find("router"), "router");
  warn(top, out);
  return out;
}

}  // namespace logkit
