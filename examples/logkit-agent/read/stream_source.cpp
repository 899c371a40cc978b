#include "stream_source.hpp"

#include <agent/error.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace logkit {
namespace {

// Each connection may hold a line.
constexpr std::size_t kMostOfSocketLine = 256 * 1024;
constexpr std::uint64_t kMegabyte = 1024 * 1024;

// As the original writes them.
constexpr std::array kOldRules{std::pair{std::string_view("按原始包读取"), std::string_view("packet")},
                               std::pair{std::string_view("按换行符读取"), std::string_view("line")},
                               std::pair{std::string_view("按json格式读取"), std::string_view("json")},
                               std::pair{std::string_view("按行首正则读取"), std::string_view("line")}};
constexpr std::array kRules{std::pair{std::string_view("line"), Framing::line},
                            std::pair{std::string_view("packet"), Framing::packet},
                            std::pair{std::string_view("json"), Framing::json},
                            std::pair{std::string_view("syslog"), Framing::syslog}};

// A stream has no packets: the original takes its lines.
Framing read_framing(const PartOptions& options, bool is_stream, bool is_syslog, bool has_head) {
  std::string word = options.text("socket_rule");
  for (const auto& [old, rule] : kOldRules)
    if (word == old) word = rule;
  const bool splits_lines = options.flag("socket_split_by_line", false);
  if (word.empty() && (splits_lines || has_head)) word = "line";
  if (word.empty()) word = is_syslog ? "syslog" : "packet";
  if (word == "packet" && is_stream) word = "line";
  if (has_head && word != "line") options.fail("head_pattern: it needs socket_rule line");
  std::vector<std::string_view> names;
  for (const auto& [name, framing] : kRules) {
    if (name == word) return framing;
    names.push_back(name);
  }
  options.fail("socket_rule: " + unknown_word(word, names));
}

unsigned read_permissions(const PartOptions& options) {
  const std::string text = options.text("socket_permissions", "0660");
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777)
    options.fail("socket_permissions: '" + text + "' is no mode such as 0660");
  return mode;
}

void read_socket(const PartOptions& options, bool is_syslog, StreamSource& source) {
  SocketOptions& socket = source.socket;
  try {
    socket.address = parse_stream_address(options.required("socket_service_address"));
  } catch (const agent::Error& error) {
    if (std::string_view(error.what()).starts_with(options.where())) throw;
    options.fail(std::string("socket_service_address: ") + error.what());
  }
  source.name = to_text(socket.address);
  if (!socket.address.is_unix() && !socket.address.has_host)
    source.warnings.push_back("reader: socket_service_address: without a host only this machine can send; " +
                              source.name + " is what is listened on");
  source.framing =
      read_framing(options, socket.address.is_stream(), is_syslog, source.tail.lines.is_head != nullptr);
  const std::size_t connections = options.number("socket_max_connections", 0, 0, 10'000);
  if (connections > 0) socket.max_connections = connections;
  socket.read_timeout = options.duration("socket_read_timeout", socket.read_timeout);
  socket.keep_alive = options.duration("socket_keep_alive_period", socket.keep_alive);
  socket.receive_buffer =
      options.number("socket_read_buffer_size", socket.receive_buffer, 1024, 64 * kMegabyte);
  socket.permissions = read_permissions(options);
}

void read_times(const PartOptions& options, ScriptOptions& script) {
  const std::string times = options.text("script_cron");
  script.runs_at_start = options.flag("script_exec_onstart", true);
  if (times.empty() && !script.runs_at_start)
    options.fail("script_cron is missing: with script_exec_onstart false the script would never run");
  if (times.empty()) return;
  try {
    script.times.emplace(times);
  } catch (const agent::Error& error) {
    options.fail(std::string("script_cron: ") + error.what());
  }
}

// A shell is known by its name; anything else is a program like the script itself.
void read_interpreter(const PartOptions& options, ScriptOptions& script) {
  std::string program = options.text("script_exec_interprepter");  // as the original has it
  program = options.text("script_exec_interpreter", program);
  for (const std::string_view shell : {"/bin/sh", "/bin/bash"})
    if (program == shell || program == shell.substr(5) || program == "/usr" + std::string(shell))
      script.shell = shell;
  if (!script.shell.empty()) return;
  if (!program.empty() && !program.starts_with('/'))
    options.fail("script_exec_interprepter: '" + program + "' is no absolute path, nor sh or bash");
  script.interpreter = program;
}

void read_script(const PartOptions& options, StreamSource& source) {
  ScriptOptions& script = source.script;
  if (options.has("script_content"))
    options.fail(
        "script_content: only scripts of the directories in logkit.scripts are run; log_path names one");
  options.refuse("script_params");
  script.path = options.required("log_path");
  if (!script.path.starts_with('/')) options.fail("log_path: '" + script.path + "' is no absolute path");
  source.name = script.path;
  read_interpreter(options, script);
  read_times(options, script);
  script.timeout = options.duration("script_timeout", script.timeout);
  if (script.timeout.count() == 0) options.fail("script_timeout: 0 is no time in which a script can run");
  script.max_output =
      options.number("script_max_output", script.max_output, kMegabyte, 1024 * 1024 * kMegabyte);
}

void limit_lines(std::size_t most, StreamSource& source) {
  std::size_t& max_line = source.tail.lines.max_line;
  const std::size_t by_default = LineSplitter::Options().max_line;
  if (max_line > most && max_line != by_default)
    source.warnings.push_back("max_line_len: this reader takes " + std::to_string(most) +
                              " bytes of a line at most");
  max_line = std::min(max_line, most);
}

}  // namespace

bool is_stream_mode(const PartOptions& options) {
  const std::string mode = options.text("mode");
  return mode == "stdin" || mode == "script" || mode == "socket";
}

StreamSource read_stream_source(const PartOptions& options, std::size_t max_line, bool is_syslog) {
  StreamSource source;
  source.spool_size.value =
      options.number("spool_size", source.spool_size.value, kMegabyte, 1024 * 1024 * kMegabyte);
  read_line_options(options, max_line, source);
  if (LineDecoder(source.tail.encoding, {}).unit() != Unit::byte)
    options.fail("encoding: " + source.tail.encoding + " can be read from files only");
  options.ignore({"name", "runner_name", "meta_path", "read_from", "reader_buf_size"});
  const std::string mode = options.text("mode");
  if (mode == "socket") {
    source.mode = StreamMode::socket;
    read_socket(options, is_syslog, source);
    source.tail.lines.block = 16 * 1024;
  } else if (mode == "script") {
    source.mode = StreamMode::script;
    read_script(options, source);
  } else {
    source.name = "stdin";
  }
  // A line must have a place in the spool.
  const std::size_t most = source.mode == StreamMode::socket ? kMostOfSocketLine : max_line;
  limit_lines(std::min<std::size_t>(most, source.spool_size.value / 4), source);
  return source;
}

}  // namespace logkit
