// agentctl: a person's way to the agents of an agent-server.
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/error.hpp"
#include "agentctl/api_client.hpp"
#include "agentctl/console.hpp"
#include "agentctl/context_file.hpp"
#include "agentctl/ctl_command_line.hpp"
#include "agentctl/ctl_verbs.hpp"
#include "agentctl/trouble.hpp"
#include "net/loop.hpp"
#include "net/spawn.hpp"

namespace agentctl {
namespace {

const std::map<std::string_view, Verb> kVerbs{
    {"agents", list_agents},     {"audit", tail_audit},      {"call", call_agent},
    {"doctor", examine},         {"follow", follow_command}, {"get", show_agent},
    {"kill", kill_task},         {"layout", do_layout},      {"logs", show_logs},
    {"metrics", show_metrics},   {"ps", list_tasks},         {"run", run_command},
    {"shell", open_shell},       {"attach", attach_task},    {"cp", copy_files},
    {"script", run_script},      {"server", show_server},    {"completion", print_completion},
    {"complete", complete_path},
};

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> out;
  for (const char* name : {"AGENTCTL_URL", "AGENTCTL_TOKEN_FILE"}) {
    if (const char* value = std::getenv(name)) out[name] = value;
  }
  return out;
}

// `run` and its like pass the code of a command through, and have another one for failures of their own.
int failure_code(const std::string& verb) { return passes_code_through(verb) ? kOwnFailure : kFailed; }

int tell(Console& console, const std::exception_ptr& thrown, const Connection& connection,
         const std::string& verb) {
  try {
    std::rethrow_exception(thrown);
  } catch (const PipeClosed&) {
    return 128 + SIGPIPE;  // as programs that the signal ends
  } catch (const agent::Error& error) {
    const Trouble trouble = trouble_of(error, connection);
    console.warn("agentctl: " + trouble.what);
    if (!trouble.advice.empty()) console.hint("  " + trouble.advice);
  } catch (const std::exception& error) {
    console.warn(std::string("agentctl: ") + error.what());
  }
  return failure_code(verb);
}

agent::Task<> keep_code(agent::Task<int> verb, int* code) { *code = co_await std::move(verb); }

int run_verb(const CtlOptions& options, Console& console, const Connection& connection) {
  agent::net::Loop loop;
  ApiClient api(loop, connection);
  int code = kFailed;
  std::exception_ptr failure;
  const Tools tools{api, console, options};
  agent::net::spawn(loop, keep_code(kVerbs.at(options.verb)(tools), &code), [&](std::exception_ptr thrown) {
    failure = std::move(thrown);
    loop.stop();
  });
  loop.run();
  return failure ? tell(console, failure, connection, options.verb) : code;
}

int run(const CtlOptions& options) {
  Console console(options.console);
  Connection connection;
  try {
    const ContextFile file = read_contexts(context_path());
    connection.context = choose_context(file, options.context, environment());
    connection = make_connection(connection.context);
    return run_verb(options, console, connection);
  } catch (...) {
    if (options.verb == "doctor") return examine_settings(console, options, std::current_exception());
    return tell(console, std::current_exception(), connection, options.verb);
  }
}

}  // namespace
}  // namespace agentctl

int main(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");  // the widths of characters
  std::signal(SIGPIPE, SIG_IGN);
  int code = 0;
  const auto options = agentctl::parse_ctl_command_line(argc, argv, code);
  return options ? agentctl::run(*options) : code;
}
