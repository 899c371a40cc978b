#include "agent/main.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "agent/log.hpp"
#include "base/journal_stream.hpp"
#include "core/agent_service.hpp"
#include "core/agent_settings.hpp"
#include "core/agent_state.hpp"
#include "core/build_info.hpp"
#include "core/runtime.hpp"
#include "host/own_process.hpp"
#include "host/service/daemon.hpp"
#include "host/service/help.hpp"
#include "host/service/service_command_line.hpp"

namespace agent {
namespace {

// sysexits.h: EX_CONFIG
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kBadConfig = 78 };

struct CommandLine {
  std::string command = "run";
  core::SettingsSource source;
  host::DaemonOptions daemon;
  bool is_check = false;  // ends where a run would begin
  std::string called_as;
};

void print_problems(const std::vector<ConfigProblem>& problems, const char* kind) {
  for (const ConfigProblem& problem : problems)
    fmt::print(stderr, "{}{}{}\n", error_mark(stderr), kind, to_string(problem));
}

// Where the file names no id, one that was assigned before counts.
void find_kept_id(core::AgentState& state) {
  if (state.config_path.empty()) return;
  state.kept_id.emplace(state.name, state.config_path);
  if (state.config.id.empty()) state.config.id = state.kept_id->read();
}

std::string place_of(const core::SettingsSource& source) {
  return source.path.empty() ? "the command line and the environment" : source.path;
}

int run(core::AgentState& state, const CommandLine& line) {
  const core::SettingsSource& source = line.source;
  host::end_well_when_told();
  Settings settings = core::read_settings(state, source);
  print_problems(settings.problems(), "");
  if (!settings.problems().empty()) return kBadConfig;
  if (line.is_check) return kDone;
  core::open_log(state);
  find_kept_id(state);
  log::info("{} {} starts with {}", state.name, state.version, place_of(source));
  core::run(state, true);
  log::flush();
  return kDone;
}

// The child sees another working directory.
int run_in_background(const core::AgentState& state, const CommandLine& line) {
  const core::SettingsSource& source = line.source;
  host::DaemonProgram program{.name = state.name, .arguments = {"run"}};
  auto add = [&program](const char* option, const std::string& value) {
    if (!value.empty()) program.arguments.insert(program.arguments.end(), {option, value});
  };
  if (!source.path.empty()) add("--conf", std::filesystem::absolute(source.path).string());
  add("--server", source.server);
  add("--id", source.id);
  return host::run_daemon(line.daemon, program, line.called_as);
}

int validate(core::AgentState& state, const core::SettingsSource& source) {
  Settings settings = core::read_settings(state, source);
  print_problems(settings.warnings(), "warning: ");
  print_problems(settings.notes(), "note: ");
  print_problems(settings.problems(), "");
  print_problems(state.outdated, "");
  if (!settings.problems().empty() || !state.outdated.empty()) return kBadConfig;
  fmt::print("{} is valid\n", place_of(source));
  return kDone;
}

int print_version(const core::AgentState& state) {
  fmt::print("version: {}\ncode version: {}\nbuild time: {}\ntool chain: {}\n", state.version,
             core::kCodeVersion, core::kBuildTime, core::tool_chain());
  return kDone;
}

int print_manifest(const core::AgentState& state) {
  fmt::print("{}", manifest_yaml(core::all_settings(state), core::all_texts(state)));
  return kDone;
}

int execute(core::AgentState& state, const CommandLine& line) {
  if (line.command == "version") return print_version(state);
  if (line.command == "manifest") return print_manifest(state);
  if (!core::names_a_server(line.source) && line.daemon.starts()) {
    fmt::print(stderr, "missing --conf FILE, or --server ADDRESS in its place\n");
    return kUsage;
  }
  if (line.command == "validate") return validate(state, line.source);
  return line.daemon.is_wanted ? run_in_background(state, line) : run(state, line);
}

// `arguments`: without the program's name.
int parse(CommandLine& line, const core::AgentState& state, const host::ServiceProgram& program,
          std::vector<std::string> arguments) {
  CLI::App app{state.name + " " + state.version, state.name};
  app.add_option("--conf", line.source.path, "configuration file")->type_name("FILE");
  app.add_option("--server", line.source.server, "server to connect to, host:port; needs no file")
      ->type_name("ADDRESS");
  app.add_option("--id", line.source.id, "name of this agent on the server; without a file: the host's name")
      ->type_name("ID");
  host::add_daemon_options(app, line.daemon);
  app.add_flag("--check", line.is_check)->group("");
  app.set_version_flag("--version", state.name + " " + state.version, "print the version");
  app.fallthrough();
  app.require_subcommand(0, 1);
  // CLI11 prints a subcommand's options only, and these have theirs from the program.
  const auto page = [](const std::string& text) {
    return [text](const CLI::App*, std::string, CLI::AppFormatMode) { return text; };
  };
  app.add_subcommand("run", "run until SIGTERM; what happens without a command, too")
      ->formatter_fn(page(host::run_help(program)));
  app.add_subcommand("validate", "print every problem of the configuration file")
      ->formatter_fn(page(host::validate_help(program)));
  app.add_subcommand("version", "print version, code version, build time and tool chain");
  app.add_subcommand("manifest", "print manifest.yaml, the description of every setting");
  app.footer("\n" + host::service_help_lines(program) +
             "\n\nExit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.");
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? kDone : kUsage;
  }
  for (const CLI::App* command : app.get_subcommands()) line.command = command->get_name();
  std::string problem = host::problem_of(line.daemon);
  if (line.daemon.is_wanted && line.command != "run") problem = "--daemon is for run";
  if (!problem.empty()) {
    fmt::print(stderr, "{}\n", problem);
    return kUsage;
  }
  return -1;  // go on
}

}  // namespace

int main(Agent& agent, const ServiceProfile& profile, int argc, char** argv) {
  if (const std::optional<int> code = host::supervise_if_told(argc, argv)) return *code;
  host::prepare_process();
  core::AgentState& state = core::state_of(agent);
  const host::ServiceProgram program = core::service_program(state, profile);
  const std::vector<std::string> arguments = host::plain_arguments(argc, argv);
  try {
    const std::optional<int> served = host::serve_service_verb(program, argc > 0 ? argv[0] : "", arguments);
    if (served) return *served;
    CommandLine line;
    line.called_as = argc > 0 ? argv[0] : "";
    const int code = parse(line, state, program, arguments);
    return code >= 0 ? code : execute(state, line);
  } catch (const Error& error) {
    fmt::print(stderr, "{}{}\n", error_mark(stderr), error.what());
    log::flush();
    return error.code() == Errc::bad_config ? kBadConfig : kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}{}\n", error_mark(stderr), error.what());
    return kFailed;
  }
}

int main(Agent& agent, int argc, char** argv) { return main(agent, ServiceProfile(), argc, argv); }

}  // namespace agent
