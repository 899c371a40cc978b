#include "agentctl/script_file.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "agent/error.hpp"
#include "agentctl/context_file.hpp"
#include "agentctl/form_body.hpp"
#include "base/digest.hpp"
#include "base/read_file.hpp"

namespace agentctl {
namespace {

using agent::Errc;
using agent::Error;

constexpr std::size_t kScriptLimit = std::size_t{16} << 20;

// The longer names first: python3 is no python.
constexpr std::array<std::string_view, 8> kTypes{"python3", "python", "bash", "powershell",
                                                 "php",     "lua",    "bat",  "sh"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kEndings{{{".sh", "sh"},
                                                                                 {".bash", "bash"},
                                                                                 {".py", "python3"},
                                                                                 {".ps1", "powershell"},
                                                                                 {".bat", "bat"},
                                                                                 {".php", "php"},
                                                                                 {".lua", "lua"}}};

std::string_view type_of_first_line(std::string_view content) {
  if (!content.starts_with("#!")) return {};
  std::string_view line = content.substr(0, content.find('\n'));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  line = line.substr(0, line.find(" -"));
  const std::string_view program = line.substr(line.find_last_of("/ ") + 1);
  for (const std::string_view type : kTypes) {
    if (program == type) return type;
  }
  return program == "dash" ? "sh" : "";
}

// A list of one value is split at its commas by the server; of several, each is one as it is.
void add_list(FormBody& form, std::string_view name, const std::vector<std::string>& values) {
  if (values.size() != 1) {
    for (const std::string& value : values) form.add(name, value);
    return;
  }
  std::string escaped;
  for (const char c : values.front()) escaped += c == ',' ? std::string("%2c%") : std::string(1, c);
  form.add(name, escaped);
}

void add_number(FormBody& form, std::string_view name, std::int64_t value) {
  if (value != 0) form.add(name, std::to_string(value));
}

ScriptForm finish(FormBody& form, const std::string& path, const RunOptions& options) {
  const std::string content = agent::read_file(path, kScriptLimit);
  if (options.auth.empty() != options.user.empty())
    throw Error(Errc::bad_config, "--user and --auth (sudo or su) belong together");
  form.add("type", script_type(path, content, options.type));
  form.add("md5", agent::hex(agent::Md5::of(content)));
  add_list(form, "args", options.words);
  add_list(form, "env", options.env);
  form.add("workdir", options.workdir);
  form.add("auth", options.auth);
  form.add("user", options.user);
  form.add("timeout", std::to_string(options.timeout.count()));
  add_number(form, "cpu_percent", options.cpu_percent);
  form.add("memory", options.memory);
  add_number(form, "pids", options.pids);
  add_number(form, "cpu_seconds", options.cpu_seconds);
  return {form.content_type(), form.head_of_file("script") + content + form.tail()};
}

}  // namespace

std::string script_type(std::string_view path, std::string_view content, std::string_view given) {
  if (!given.empty()) return std::string(given);
  if (const std::string_view type = type_of_first_line(content); !type.empty()) return std::string(type);
  for (const auto& [ending, type] : kEndings) {
    if (path.ends_with(ending)) return std::string(type);
  }
  throw Error(
      Errc::bad_config,
      fmt::format("{}: of which kind is it? --type sh, bash, python3, powershell, bat, php or lua", path));
}

ScriptForm script_form(const std::string& path, const RunOptions& options) {
  FormBody form;
  return finish(form, path, options);
}

ScriptForm layout_form(const std::string& path, const RunOptions& options,
                       const std::vector<std::vector<std::string>>& groups, const std::string& on_error) {
  FormBody form;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const std::string& id : groups[group]) {
      form.add("ids", id);
      form.add("group", std::to_string(group + 1));
    }
  }
  form.add("onerror", on_error);
  return finish(form, path, options);
}

}  // namespace agentctl
