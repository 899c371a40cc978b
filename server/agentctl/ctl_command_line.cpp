#include "agentctl/ctl_command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>

#include "agent/units.hpp"

namespace agentctl {
namespace {

const std::map<std::string, Format> kFormats{{"table", Format::table},
                                             {"wide", Format::wide},
                                             {"json", Format::json},
                                             {"yaml", Format::yaml},
                                             {"name", Format::name}};

// What CLI11 fills, and what becomes of it.
struct Draft {
  CtlOptions options;
  std::string timeout;
  std::string silence;
  std::vector<std::string> groups;
};

// "90s", "1h", or a number of seconds.
std::chrono::seconds seconds_of(const std::string& name, const std::string& text) {
  const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
  try {
    const auto time = agent::parse_duration(is_number ? text + "s" : text);
    if (time < std::chrono::seconds(1) || time > std::chrono::seconds(1'000'000'000))
      throw CLI::ValidationError(name, "want 1s to 1000000000s");
    return std::chrono::ceil<std::chrono::seconds>(time);
  } catch (const agent::Error& error) {
    throw CLI::ValidationError(name, error.what());
  }
}

std::vector<std::string> split_commas(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      if (end > at) out.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return out;
}

void add_general_options(CLI::App& app, CtlOptions& options) {
  const std::string all = "For all";
  app.add_option("--context", options.context.name, "context of the configuration file")->group(all);
  app.add_option("--url", options.context.url, "the server, https://host[:port]")->group(all);
  app.add_option("--token-file", options.context.token_file, "file with the API token, mode 0600")
      ->group(all);
  app.add_option("--ca", options.context.ca, "who signed the server's certificate, PEM")->group(all);
  app.add_option("--cert", options.context.cert, "own certificate, PEM")->group(all);
  app.add_option("--key", options.context.key, "its private key, PEM")->group(all);
  app.add_option("-o,--output", options.format, "table, wide, json, yaml or name")
      ->transform(CLI::CheckedTransformer(kFormats).description(""))
      ->type_name("FORMAT")
      ->group(all);
  app.add_flag("-q,--quiet", options.console.quiet, "no hints and no progress")->group(all);
  app.add_flag("--no-color", options.console.no_color, "as NO_COLOR in the environment")->group(all);
}

void add_target_options(CLI::App& verb, TargetOptions& targets) {
  verb.add_option("-a,--agent", targets.ids, "an agent's id, or several with commas")->type_name("ID");
  verb.add_option("--where", targets.where, "agents that match, such as 'name=web-* and os=linux'")
      ->type_name("SELECTOR");
  verb.add_flag("--all", targets.all, "every connected exec-agent");
}

void add_run_options(CLI::App& verb, Draft& draft) {
  RunOptions& run = draft.options.run;
  add_target_options(verb, draft.options.targets);
  verb.add_option("--timeout", draft.timeout, "the command is ended after this time (1h)")->type_name("TIME");
  verb.add_option("--parallel", run.parallel, "agents at a time (64)")->check(CLI::Range(1, 10000));
  verb.add_flag("--fail-fast", run.fail_fast, "begin on no further agent once one has failed");
  verb.add_option("--silence", draft.silence, "give up on an agent that does not answer for so long (65s)")
      ->type_name("TIME");
  verb.add_option("--workdir", run.workdir, "working directory");
  verb.add_option("-e,--env", run.env, "KEY=value added to the environment")->type_name("KEY=VALUE");
  verb.add_option("--auth", run.auth, "sudo or su, to become --user")->check(CLI::IsMember({"sudo", "su"}));
  verb.add_option("--user", run.user, "user to become");
  verb.add_option("--cpu-percent", run.cpu_percent, "limit: 100 is one core")->check(CLI::PositiveNumber);
  verb.add_option("--memory", run.memory, "limit, such as 512M");
  verb.add_option("--pids", run.pids, "limit of processes and threads")->check(CLI::PositiveNumber);
  verb.add_option("--cpu-seconds", run.cpu_seconds, "limit of CPU time")->check(CLI::PositiveNumber);
}

CLI::App* add_verb(CLI::App& app, const std::string& name, const std::string& what) {
  return app.add_subcommand(name, what)->fallthrough();
}

void add_reading_verbs(CLI::App& app, Draft& draft) {
  CtlOptions& options = draft.options;
  CLI::App* agents = add_verb(app, "agents", "the connected agents");
  agents->add_option("ls", options.words, "")->group("");
  agents->add_option("--where", options.targets.where, "those that match a selector")->type_name("SELECTOR");
  agents->add_option("--type", options.type, "those of one type, such as exec-agent");
  add_verb(app, "get", "one agent")->add_option("ID", options.words, "agent id")->required()->expected(1);
  CLI::App* ps = add_verb(app, "ps", "the commands that run");
  ps->add_option("ID", options.words, "agents; none: all");
  ps->add_option("--where", options.targets.where, "agents that match a selector")->type_name("SELECTOR");
  ps->add_flag("--finished", options.all_tasks, "those that have ended, too");
  add_verb(app, "kill", "end a command and everything that it started")
      ->add_option("TASK", options.words, "AGENT/TASK, or AGENT and a process id")
      ->required()
      ->expected(1, 2);
  CLI::App* metrics = add_verb(app, "metrics", "the server's series, or a host's figures");
  metrics
      ->add_option(
          "ID", options.words,
          "a metrics-agent, and of it static, usage (default), process, conns, temps, status or latest; "
          "`own`: any agent's own series")
      ->expected(0, 2);
  add_verb(app, "server", "the server");
  CLI::App* logs = add_verb(app, "logs", "an agent's own log files; with names: as a zip archive");
  logs->add_option("ID", options.words, "agent id, and names of files")->required()->expected(1, 1000);
  logs->add_option("-O,--to", options.file, "name of the archive; - is stdout (ID-logs.zip)")
      ->type_name("FILE");
  CLI::App* audit = add_verb(app, "audit", "`audit tail`: the end of an audit log on this machine");
  audit->add_option("tail", options.words, "")->required()->expected(1)->check(CLI::IsMember({"tail"}));
  audit->add_option("--file", options.file, "audit.log in the server's data_dir")
      ->required()
      ->type_name("FILE");
  audit->add_option("-n,--lines", options.lines, "how many (10)");
  audit->add_flag("-f,--follow", options.follow, "go on");
  add_verb(app, "completion", "what a shell needs to complete agentctl's words")
      ->add_option("SHELL", options.words, "bash, zsh or fish")
      ->required()
      ->expected(1)
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  add_verb(app, "complete", "")->group("")->add_option("PATH", options.words, "")->required()->expected(1);
  add_verb(app, "doctor", "whether everything between this machine and the server is well");
}

void add_terminal_verbs(CLI::App& app, Draft& draft) {
  CtlOptions& options = draft.options;
  const auto add_escape = [&options](CLI::App& verb) {
    verb.add_option("-e,--escape", options.escape, "the key of ~. and ~t: one character, or none (~)");
  };
  CLI::App* shell = add_verb(app, "shell", "a login shell on a machine; `shell ID -- CMD…` another program");
  shell->add_option("ID", options.words, "agent id")->required()->expected(1);
  shell->add_option("--env", options.run.env, "KEY=value added to the environment")->type_name("KEY=VALUE");
  shell->add_option("--workdir", options.run.workdir, "working directory");
  shell->add_option("--auth", options.run.auth, "sudo or su, to become --user")
      ->check(CLI::IsMember({"sudo", "su"}));
  shell->add_option("--user", options.run.user, "user to become");
  shell->add_option("--timeout", draft.timeout, "it is ended after this time (1d)")->type_name("TIME");
  add_escape(*shell);
  CLI::App* attach = add_verb(app, "attach", "sit down at the terminal of a command that runs");
  attach->add_option("TASK", options.words, "AGENT/TASK, as `ps` prints it")->required()->expected(1);
  add_escape(*attach);
}

void add_copy_verb(CLI::App& app, Draft& draft) {
  CLI::App* cp =
      add_verb(app, "cp", "copy files to machines or from one: `cp FILE… ID,ID:PATH`, `cp ID:PATH… DIR`");
  cp->add_option("PATH", draft.options.words, "ID:path is on a machine; ./a:b is here")->required();
  cp->add_flag("-r,--recursive", draft.options.recursive, "directories with all that is in them");
}

void add_call_verb(CLI::App& app, Draft& draft) {
  CtlOptions& options = draft.options;
  CLI::App* call = add_verb(app, "call", "send a message of a custom agent; its replies as they come");
  call->add_option("ID", options.words, "agent id, and the message: JSON, or - for stdin")
      ->required()
      ->expected(1, 2);
  call->add_option("--type", options.message_type, "message type")->check(CLI::Range(1000, 9999));
  call->add_option("--timeout", draft.timeout, "how long it may take (60s)")->type_name("TIME");
}

void add_running_verbs(CLI::App& app, Draft& draft) {
  CtlOptions& options = draft.options;
  CLI::App* run =
      add_verb(app, "run", "run a command: `run -a ID -- CMD…`; one word is a line for the shell");
  add_run_options(*run, draft);
  run->add_flag("--detach", options.run.detach, "start it, print the task and leave");
  CLI::App* script =
      add_verb(app, "script", "run a script of this machine: `script FILE -a ID -- ARGUMENTS…`");
  script->add_option("FILE", options.words, "the script")->required()->expected(1);
  add_run_options(*script, draft);
  script->add_option("--type", options.run.type, "sh, bash, python3, powershell, bat, php or lua");
  add_verb(app, "follow", "the output of a command as it comes, from its beginning")
      ->add_option("TASK", options.words, "AGENT/TASK, as `run --detach` and `ps` print it")
      ->required()
      ->expected(1);
  CLI::App* layout =
      add_verb(app, "layout", "`layout run FILE`, `layout status ID`: a script on groups of agents");
  layout->add_option("ACTION", options.words, "run and a script, or status and the layout's id")
      ->required()
      ->expected(2);
  add_run_options(*layout, draft);
  layout->add_option("--group", draft.groups, "agents of the next group, with commas")->type_name("ID,ID…");
  layout->add_option("--on-error", options.on_error, "exit (default) or continue with the next group")
      ->check(CLI::IsMember({"exit", "continue"}));
  layout->add_option("--type", options.run.type, "sh, bash, python3, powershell, bat, php or lua");
  layout->add_flag("--watch", options.follow, "wait for the end");
}

void finish(Draft& draft, const CLI::App& app, std::vector<std::string> behind, bool has_dashes) {
  CtlOptions& options = draft.options;
  options.verb = app.get_subcommands().front()->get_name();
  options.targets.ids = split_commas(options.targets.ids);
  const bool takes_command = options.verb == "run" || options.verb == "script" || options.verb == "layout" ||
                             options.verb == "shell";
  if (has_dashes && !takes_command) throw CLI::ExtrasError(std::move(behind));
  options.run.words = std::move(behind);
  if (options.verb == "agents" && !options.words.empty() && options.words != std::vector<std::string>{"ls"})
    throw CLI::ValidationError("agents", "want `agents` or `agents ls`");
  const bool is_layout = options.verb == "layout";
  if (is_layout && options.words[0] != "run" && options.words[0] != "status")
    throw CLI::ValidationError("layout", "want `layout run FILE` or `layout status ID`");
  for (const std::string& group : draft.groups) options.groups.push_back(split_commas({group}));
  if (options.verb == "shell") options.run.timeout = std::chrono::hours(24);
  if (!draft.timeout.empty()) {
    const auto time = seconds_of("--timeout", draft.timeout);
    options.run.timeout = time;
    options.call_timeout = time;
  }
  if (!draft.silence.empty()) options.run.silence = seconds_of("--silence", draft.silence);
}

// In our words: "TASK: At Most 1 required but received 2".
std::string usage_failure(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  for (const auto& [theirs, ours] :
       {std::pair(": At Most ", ": want at most "), std::pair(": At least ", ": want at least "),
        std::pair(" required but received ", ", got ")}) {
    if (const std::size_t at = what.find(theirs); at != std::string::npos)
      what.replace(at, std::string_view(theirs).size(), ours);
  }
  const auto verbs = app->get_subcommands();
  const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
  return fmt::format("agentctl: {}\n  `agentctl{} --help` says what there is\n", what, verb);
}

}  // namespace

std::optional<CtlOptions> parse_ctl_command_line(int argc, char** argv, int& exit_code) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const bool has_dashes = dashes != arguments.end();
  std::vector<std::string> behind(has_dashes ? dashes + 1 : dashes, arguments.end());
  arguments.erase(dashes, arguments.end());

  CLI::App app("agentctl: what a person does with the agents of an agent-server", "agentctl");
  app.set_version_flag("--version", std::string("agentctl ") + AGENTCTL_VERSION);
  app.failure_message(usage_failure);
  app.require_subcommand(1);
  app.fallthrough();
  Draft draft;
  add_general_options(app, draft.options);
  add_reading_verbs(app, draft);
  add_running_verbs(app, draft);
  add_call_verb(app, draft);
  add_copy_verb(app, draft);
  add_terminal_verbs(app, draft);
  app.footer(
      "\nThe server is --url, or AGENTCTL_URL, or the current context of ~/.config/agentctl/config.yaml, or "
      "http://127.0.0.1:13081.\nExit codes: 0 done, 1 failed, 2 wrong arguments. `run`, `script`, `follow`, `shell` and `attach` exit with the command's own code; "
      "124 time-out, 125 agentctl or the server failed, 126 and 127 not started, 255 lost; 1 if one of several failed.");
  const bool runs = !arguments.empty() && passes_code_through(arguments[0]);
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
    app.parse(std::move(arguments));
    finish(draft, app, std::move(behind), has_dashes);
    return std::move(draft.options);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? kOk : runs ? kOwnFailure : kUsage;
    return std::nullopt;
  }
}

}  // namespace agentctl
