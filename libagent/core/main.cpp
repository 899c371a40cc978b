#include "agent/main.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "agent/log.hpp"
#include "core/agent_settings.hpp"
#include "core/build_info.hpp"
#include "core/parts.hpp"
#include "core/runtime.hpp"
#include "host/own_process.hpp"

namespace agent {
namespace {

// sysexits.h: EX_CONFIG
enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kBadConfig = 78 };

struct CommandLine {
  std::string command = "run";
  core::SettingsSource source;
};

void print_problems(const std::vector<ConfigProblem>& problems, const char* kind) {
  for (const ConfigProblem& problem : problems) fmt::print(stderr, "{}{}\n", kind, to_string(problem));
}

// Where the file names no id, one that was assigned before counts.
void find_kept_id(core::Parts& parts) {
  if (parts.config_path.empty()) return;
  parts.kept_id.emplace(parts.name, parts.config_path);
  if (parts.config.id.empty()) parts.config.id = parts.kept_id->read();
}

std::string place_of(const core::SettingsSource& source) {
  return source.path.empty() ? "the command line and the environment" : source.path;
}

int run(core::Parts& parts, const core::SettingsSource& source) {
  host::end_well_when_told();
  Settings settings = core::read_settings(parts, source);
  print_problems(settings.problems(), "");
  if (!settings.problems().empty()) return kBadConfig;
  core::open_log(parts);
  find_kept_id(parts);
  log::info("{} {} starts with {}", parts.name, parts.version, place_of(source));
  core::run(parts, true);
  log::flush();
  return kDone;
}

int validate(core::Parts& parts, const core::SettingsSource& source) {
  Settings settings = core::read_settings(parts, source);
  print_problems(settings.warnings(), "warning: ");
  print_problems(settings.problems(), "");
  print_problems(parts.outdated, "");
  if (!settings.problems().empty() || !parts.outdated.empty()) return kBadConfig;
  fmt::print("{} is valid\n", place_of(source));
  return kDone;
}

int print_version(const core::Parts& parts) {
  fmt::print("version: {}\ncode version: {}\nbuild time: {}\ntool chain: {}\n", parts.version,
             core::kCodeVersion, core::kBuildTime, core::tool_chain());
  return kDone;
}

int print_manifest(const core::Parts& parts) {
  fmt::print("{}", manifest_yaml(core::all_settings(parts)));
  return kDone;
}

int execute(core::Parts& parts, const CommandLine& line) {
  if (line.command == "version") return print_version(parts);
  if (line.command == "manifest") return print_manifest(parts);
  if (!core::names_a_server(line.source)) {
    fmt::print(stderr, "missing --conf FILE, or --server ADDRESS in its place\n");
    return kUsage;
  }
  return line.command == "validate" ? validate(parts, line.source) : run(parts, line.source);
}

int parse(CommandLine& line, const core::Parts& parts, int argc, char** argv) {
  CLI::App app{parts.name + " " + parts.version, parts.name};
  app.add_option("--conf", line.source.path, "configuration file")->type_name("FILE");
  app.add_option("--server", line.source.server, "server to connect to, host:port; needs no file")
      ->type_name("ADDRESS");
  app.add_option("--id", line.source.id, "name of this agent on the server; without a file: the host's name")
      ->type_name("ID");
  app.set_version_flag("--version", parts.name + " " + parts.version, "print the version");
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.add_subcommand("run", "run until SIGTERM; what happens without a command, too");
  app.add_subcommand("validate", "print every problem of the configuration file");
  app.add_subcommand("version", "print version, code version, build time and tool chain");
  app.add_subcommand("manifest", "print manifest.yaml, the description of every setting");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? kDone : kUsage;
  }
  for (const CLI::App* command : app.get_subcommands()) line.command = command->get_name();
  return -1;  // go on
}

}  // namespace

int main(Agent& agent, int argc, char** argv) {
  CommandLine line;
  int code = parse(line, core::parts_of(agent), argc, argv);
  if (code >= 0) return code;
  host::prepare_process();
  try {
    return execute(core::parts_of(agent), line);
  } catch (const Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    log::flush();
    return error.code() == Errc::bad_config ? kBadConfig : kFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kFailed;
  }
}

}  // namespace agent
