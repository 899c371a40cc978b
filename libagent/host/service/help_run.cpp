#include <fmt/format.h>

#include <string_view>

#include "host/service/help.hpp"

namespace agent::host {
namespace {

constexpr std::string_view kRunAgent = R"(NAME
    {0} run - run in the foreground, or in the background

SYNOPSIS
    {0} [run] --conf FILE
    {0} [run] --server ADDRESS [--id ID]
    {0} run --daemon --pid-file FILE --conf FILE [--output FILE] [--user USER] [--max-exits N] [--replace]
    {0} run --daemon --pid-file FILE --stop | --reload | --status

DESCRIPTION
    Reads the configuration, connects to the server, and serves it until SIGTERM or SIGINT. It runs before the server is
    there, never ends because the server is away, and ends within 10 seconds when it is told to.

    SIGHUP reads the log level, the log files and the TLS files again.
)";

constexpr std::string_view kRunServer = R"(NAME
    {0} run - run in the foreground, or in the background

SYNOPSIS
    {0} [run] [--conf FILE]
    {0} run --daemon --pid-file FILE [--conf FILE] [--output FILE] [--user USER] [--max-exits N] [--replace]
    {0} run --daemon --pid-file FILE --stop | --reload | --status

DESCRIPTION
    Reads the configuration, and serves agents and the clients of its HTTP API until SIGTERM or SIGINT, which end it
    within 10 seconds. A listen address that the machine does not have yet is waited for. Without --conf it serves
    127.0.0.1:13081 and keeps its data below ~/.local/state/{0}.

    SIGHUP reads tokens, certificates and the log level again, and reopens the log files.
)";

constexpr std::string_view kRunMiddle = R"(
    With --daemon it checks the configuration, goes to the background, and returns once it is ready there. A supervisor,
    whose process id is in the pid file, starts it again whenever it ends: after 1, 2, 4 … 60 seconds. There is never a
    second one for a pid file, and the options below find it by the lock on that, also when the file was removed. Where
    the machine has a service manager, use `{0} install`.

OPTIONS
    --conf FILE       configuration
)";

constexpr std::string_view kRunOptionsAgent =
    R"(    --server ADDRESS  server to connect to: host:port, ws://… or wss://…; needs no file, and wins over one
    --id ID           name of this agent on the server; without a file: the host's name
)";

constexpr std::string_view kRunEnd = R"(    --daemon          run in the background
    --pid-file FILE   where the supervisor's process id stands
    --output FILE     where stdout and stderr go, put aside as FILE.1 at 10 MB; without it they go nowhere
    --user USER       the user to run as; only root may name another one
    --max-exits N     give up after N ends, with the last exit code; 0, the default, never
    --replace         end the one that runs and take its place, unless the configuration is wrong
    --stop            end the one that runs
    --reload          send SIGHUP to the one that runs
    --status          say whether one runs

EXIT STATUS
    0   ended when it was told; --daemon: it runs and is ready; --stop: none runs any more; --status: it runs
    1   failed; --status: it died and left its pid file
    2   wrong arguments
    3   --status: it does not run
    7   --daemon: it ended at once, and is started again; --reload: none runs
    78  the configuration is wrong: every problem was printed

ENVIRONMENT
    LIBAGENT_KEY      overrides the setting `key` of the file: LIBAGENT_LOG_LEVEL=debug

EXAMPLES
    {0} run --conf /etc/{0}/{1}
    {0} run --daemon --pid-file /run/{0}.pid --conf /etc/{0}/{1}
    {0} run --daemon --pid-file /run/{0}.pid --status

SEE ALSO
    {0} validate, {0} install, docs/services.md, docs/configuration.md
)";

constexpr std::string_view kValidate = R"(NAME
    {0} validate - check a configuration

SYNOPSIS
    {0} validate {2}

DESCRIPTION
    Prints every problem and every warning of the configuration, with file and line, as `run` and `install` see it, and
    starts nothing. It also finds what would fail later: directories that are files, certificates that have expired or do
    not fit their key, addresses that are none. It warns 30 days before a certificate expires. Settings of the environment
    (LIBAGENT_KEY) count.

OPTIONS
    --conf FILE       configuration
{3}
EXIT STATUS
    0   it is valid, with or without warnings
    2   wrong arguments
    78  it is wrong

EXAMPLES
    {0} validate --conf /etc/{0}/{1}

SEE ALSO
    {0} run, {0} install, docs/configuration.md
)";

bool is_agent(const ServiceProgram& program) { return program.kind == ServiceProgram::Kind::agent; }

std::string_view conf_name(const ServiceProgram& program) {
  return is_agent(program) ? "agent.conf" : "server.conf";
}

}  // namespace

std::string run_help(const ServiceProgram& program) {
  std::string text = fmt::format(fmt::runtime(is_agent(program) ? kRunAgent : kRunServer), program.name);
  text += fmt::format(fmt::runtime(kRunMiddle), program.name);
  if (is_agent(program)) text += kRunOptionsAgent;
  return text + fmt::format(fmt::runtime(kRunEnd), program.name, conf_name(program));
}

std::string validate_help(const ServiceProgram& program) {
  const bool agent = is_agent(program);
  return fmt::format(fmt::runtime(kValidate), program.name, conf_name(program),
                     agent ? "--conf FILE | --server ADDRESS [--id ID]" : "--conf FILE",
                     agent ? kRunOptionsAgent : "");
}

}  // namespace agent::host
