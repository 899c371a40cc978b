#include "agentctl/run_order.hpp"

#include "agent/error.hpp"
#include "agent/json_value.hpp"
#include "agentctl/context_file.hpp"

namespace agentctl {
namespace {

using agent::Errc;
using agent::Error;
using agent::json::Writer;

bool is_plain_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos;
}

void add_text(Writer& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out.key(key).string(value);
}

void add_number(Writer& out, std::string_view key, std::int64_t value) {
  if (value != 0) out.key(key).integer(value);
}

// What all orders may have.
void add_rest(Writer& out, const RunOptions& options) {
  if (options.auth.empty() != options.user.empty())
    throw Error(Errc::bad_config, "--user and --auth (sudo or su) belong together");
  out.key("timeout").integer(options.timeout.count());
  add_text(out, "workdir", options.workdir);
  if (!options.env.empty()) {
    out.key("env").begin_array();
    for (const std::string& entry : options.env) out.string(entry);
    out.end_array();
  }
  add_text(out, "auth", options.auth);
  add_text(out, "user", options.user);
  if (!options.password_file.empty()) out.key("pass").string(read_token(options.password_file));
  add_number(out, "cpu_percent", options.cpu_percent);
  add_text(out, "memory", options.memory);
  add_number(out, "pids", options.pids);
  add_number(out, "cpu_seconds", options.cpu_seconds);
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  if (is_plain_word(word)) return std::string(word);
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command_line_of(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_quoted(word);
  return line;
}

std::string run_body(const RunOptions& options) {
  if (options.words.empty()) throw Error(Errc::bad_config, "no command: write it behind `--`");
  Writer out;
  out.begin_object().key("cmd").string(command_line_of(options.words));
  out.key("pipes").boolean(true).key("result").boolean(false);
  add_rest(out, options);
  return out.end_object().take();
}

std::string terminal_body(const RunOptions& options, unsigned rows, unsigned columns) {
  Writer out;
  out.begin_object().key("cmd").string(options.words.empty() ? "" : command_line_of(options.words));
  out.key("terminal").begin_object().key("rows").integer(rows).key("cols").integer(columns).end_object();
  add_rest(out, options);
  return out.end_object().take();
}

}  // namespace agentctl
