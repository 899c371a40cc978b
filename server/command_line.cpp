#include "command_line.hpp"

#include <CLI/CLI.hpp>

namespace server {

CommandLine parse_command_line(int argc, char** argv) {
  using Command = CommandLine::Command;
  CommandLine line;
  CLI::App app("agent-server: agents connect to it, and are called through its HTTP API");
  app.fallthrough();
  CLI::Option* conf = app.add_option("--conf", line.conf, "configuration file");
  app.require_subcommand(0, 1);
  app.add_subcommand("run", "serve; the same as --conf alone")->fallthrough();
  const CLI::App* validate =
      app.add_subcommand("validate", "check the configuration file and leave")->fallthrough();
  const CLI::App* version = app.add_subcommand("version", "print the version")->fallthrough();
  app.footer("Exit codes: 0 done, 1 failed, 2 wrong arguments, 78 wrong configuration.");

  try {
    app.parse(argc, argv);
    if (version->parsed()) {
      line.command = Command::version;
    } else if (conf->count() == 0) {
      throw CLI::RequiredError("--conf");
    } else {
      line.command = validate->parsed() ? Command::validate : Command::serve;
    }
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return line;
}

}  // namespace server
