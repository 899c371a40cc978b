#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "host/service/help.hpp"
#include "host/service/service_command_line.hpp"
#include "server_service.hpp"

namespace server {
namespace {

CLI::App* add_store_verb(CLI::App& store, const std::string& name, const std::string& what,
                         std::string& file) {
  CLI::App* verb = store.add_subcommand(name, what)->fallthrough();
  verb->add_option("FILE", file, "the backup")->required();
  return verb;
}

// The command has words of its own, which may be "stop" and are no verbs: names of files.
bool takes_words(const std::vector<std::string>& arguments) {
  return !arguments.empty() &&
         (arguments.front() == "store" || arguments.front() == "fixtures" || arguments.front() == "views");
}

// "-web :9001" and "-web=:9001" of `views`, as Go's flags are written, are "--web ...".
void double_dashes(std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front() != "views") return;
  for (std::string& argument : arguments)
    if (argument.size() > 2 && argument[0] == '-' && argument[1] != '-') argument.insert(0, "-");
}

CLI::App* add_views(CLI::App& app, ViewsProgram& views) {
  CLI::App* out = app.add_subcommand(
      "views", "serve the views of somebody else's etcd and nothing else, in the place of a lainlet");
  out->add_option("--etcd", views.etcd, "members of the etcd (v3): host:port,host:port")->required();
  out->add_option("--web", views.web, "address:port, or a port: every address")->capture_default_str();
  out->add_option("--ip", views.ip, "address of this machine as the cluster's nodes have it");
  out->add_option("--prefix", views.prefix, "beginning of the keys")->capture_default_str();
  out->add_option("--tokens", views.token_file, "file of lines `name token`: callers need one of them");
  out->add_flag("--noauth", views.is_open, "everybody reads every view, whatever the source address");
  out->add_flag("--debug", views.is_debug, "log more");
  out->footer("Options may have one dash, as lainlet's: -web :9001 -etcd 127.0.0.1:4001 -ip 127.0.0.1");
  return out;
}

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  using Command = CommandLine::Command;
  CommandLine line;
  const agent::host::ServiceProgram program = service_program();
  std::vector<std::string> arguments = agent::host::plain_arguments(argc, argv);
  double_dashes(arguments);
  const std::optional<int> served =
      takes_words(arguments) ? std::nullopt
                             : agent::host::serve_service_verb(program, argc > 0 ? argv[0] : "", arguments);
  if (served) {
    line.exit_code = *served;
    return line;
  }
  CLI::App app("agent-server: agents connect to it, and are called through its HTTP API");
  app.fallthrough();
  CLI::Option* conf = app.add_option("--conf", line.conf, "configuration file");
  bool is_version = false;
  bool is_check = false;
  app.add_flag("--check", is_check)->group("");
  agent::host::add_daemon_options(app, line.daemon);
  app.add_flag("--version", is_version, "print the version and leave");
  app.require_subcommand(0, 1);
  // CLI11 prints a subcommand's options only, and these have theirs from the program.
  const auto page = [](const std::string& text) {
    return [text](const CLI::App*, std::string, CLI::AppFormatMode) { return text; };
  };
  app.add_subcommand("run", "serve; the same without `run`")
      ->fallthrough()
      ->formatter_fn(page(agent::host::run_help(program)));
  CLI::App* validate =
      app.add_subcommand("validate", "check the configuration file and leave")->fallthrough();
  validate->formatter_fn(page(agent::host::validate_help(program)));
  const CLI::App* version = app.add_subcommand("version", "print the version")->fallthrough();
  const CLI::App* manifest =
      app.add_subcommand("manifest", "print manifest.yaml, the description of every setting")->fallthrough();
  CLI::App* store = app.add_subcommand("store", "back up the store, or restore it")->fallthrough();
  store->require_subcommand(1);
  store->footer("Both want the server's configuration: --conf FILE. A backup has secret keys, too.");
  const CLI::App* backup =
      add_store_verb(*store, "backup", "while the server runs: write a backup to FILE", line.file);
  add_store_verb(*store, "restore", "while no server runs: put the backup in the place of the store",
                 line.file);
  const CLI::App* views = add_views(app, line.views);
  CLI::App* fixtures =
      app.add_subcommand("fixtures", "write the keys that a file describes into the store")->fallthrough();
  fixtures->add_option("FILE", line.file, "JSON: an object of keys, or the dump of an etcd v2 tree")
      ->required();
  fixtures->footer(
      "It wants the server's configuration: --conf FILE. docs/views.md has the form of the file.");
  app.footer(
      "\n" + agent::host::service_help_lines(program) +
      "\n\nWithout --conf it serves 127.0.0.1:13081 and keeps its data below ~/.local/state/agent-server.\n"
      "Exit codes: 0 done, 1 failed, 2 wrong arguments, 78 wrong configuration.");

  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
    app.parse(std::move(arguments));
    const bool is_without_file = conf->count() == 0;
    if (version->parsed() || is_version) {
      line.command = Command::version;
    } else if (manifest->parsed()) {
      line.command = Command::manifest;
    } else if (is_without_file && validate->parsed()) {
      throw CLI::RequiredError("--conf");
    } else if (!is_without_file && line.conf.empty()) {
      throw CLI::ValidationError("--conf", "an empty name");  // as from a variable that is not set
    } else if (store->parsed()) {
      line.command = backup->parsed() ? Command::backup : Command::restore;
    } else if (views->parsed()) {
      line.command = Command::views;
    } else if (fixtures->parsed()) {
      line.command = Command::fixtures;
    } else if (const std::string problem = agent::host::problem_of(line.daemon); !problem.empty()) {
      throw CLI::ValidationError("run", problem);
    } else {
      line.command = validate->parsed()      ? Command::validate
                     : line.daemon.is_wanted ? Command::daemon
                     : is_check              ? Command::check
                                             : Command::serve;
    }
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return line;
}

}  // namespace server
