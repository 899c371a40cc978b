#include "host/service/help.hpp"

#include <fmt/format.h>

#include <string_view>

namespace agent::host {
namespace {

constexpr std::string_view kInstallBegin = R"(NAME
    {0} install - register {0} as a service of the system, or update it

SYNOPSIS
    {0} install --conf FILE [--user USER] [--manager NAME] [--now] [--force]
    {0} install --update
)";

constexpr std::string_view kInstallWithServer =
    R"(    {0} install --server ADDRESS [--id ID] [--token-file FILE] --conf FILE --now
)";

constexpr std::string_view kInstallMiddle = R"(
DESCRIPTION
    Checks the configuration, writes the definition of the service with the absolute paths of this program and of the
    configuration, and enables it: it starts with the machine from then on. Only root may.

    Install it again to update it: what has changed is shown. A definition that somebody edited is kept as FILE.bak.
    Drop-ins (systemctl edit {0}) stay as they are. A definition that this program has not written, such as an
    original's, is replaced with --force only.
)";

constexpr std::string_view kInstallNewConf = R"(
    With --server and without a file at --conf, the configuration is written, for its user only (mode 0600). Into a
    file without a server, such as a package's, the server is written, and id and token where they are missing. Another
    file that exists is never changed; if it names another server or id, nothing is installed.
)";

constexpr std::string_view kInstallOptions = R"(
OPTIONS
    --conf FILE        configuration; an absolute path
    --user USER        run as USER; without it as root
    --manager NAME     systemd, systemv or upstart; without it what this machine has
    --now              {1}
    --force            replace a definition that is not ours; a copy is kept as FILE.bak
    --update           write the definition of a service that is there anew, with its own configuration and user; it
                       starts with the machine or does not, as before. For packages; without a service nothing happens
)";

constexpr std::string_view kNowAgent =
    R"(start it (or, when it runs and something has changed, start it again), wait up to 15 seconds for
                       the server, and say what happened)";
constexpr std::string_view kNowServer =
    "start it; or, when it runs and something has changed, start it again";

constexpr std::string_view kInstallOptionsAgent =
    R"(    --server ADDRESS   server for a new configuration: host:port, ws://… or wss://…
    --id ID            its id on the server; without it the server assigns one
    --token-file FILE  file with the enrollment token, which goes into the new configuration
)";

constexpr std::string_view kInstallEnd = R"(
EXIT STATUS
    0   installed; with --now: and {1}
    1   failed; with --now: installed, but {2}
    2   wrong arguments
    78  the configuration is wrong: every problem was printed, nothing was installed

FILES
    /etc/systemd/system/{0}.service   the definition under systemd
    /etc/init.d/{0}                   under System V
    /etc/init/{0}.conf                under upstart
    /etc/default/{0}, /etc/sysconfig/{0}
        variables for the service, NAME=value a line; systemd expands nothing in them
)";

constexpr std::string_view kUninstall = R"(NAME
    {0} uninstall - stop the service and remove its definition

SYNOPSIS
    {0} uninstall [--purge] [--force] [--manager NAME]

DESCRIPTION
    Stops the service, disables it and removes its definition. Configuration, data and logs stay. Only root may. When
    it is not installed, nothing happens, and that is no error.

OPTIONS
    --purge         remove configuration, data, logs and kept copies of the definition, too
    --force         remove a definition that this program has not written; a copy is kept
    --conf FILE     with --purge: the configuration of a service that is uninstalled already
    --manager NAME  systemd, systemv or upstart; without it what this machine has

EXIT STATUS
    0  it is not installed any more
    1  failed
    2  wrong arguments
)";

constexpr std::string_view kControl = R"(NAME
    {0} {1} - {2}

SYNOPSIS
    {0} {1} [--manager NAME]

DESCRIPTION
    {3} Only root may.

OPTIONS
    --manager NAME  systemd, systemv or upstart; without it what this machine has

EXIT STATUS
    0  done
    1  failed
    2  wrong arguments
    4  it is not installed
)";

constexpr std::string_view kStatus = R"(NAME
    {0} status - tell how the service is

SYNOPSIS
    {0} status [--json] [--manager NAME]

DESCRIPTION
    Prints `service is running`, `service is stopped`, `service is failed`, `service status unknown` or
    `service is not installed`; below that its process, since when, whether it starts with the machine, and {1}.
    Everybody may.

OPTIONS
    --json          the same as one JSON object
    --manager NAME  systemd, systemv or upstart; without it what this machine has

EXIT STATUS
    0  running
    1  failed, or unknown
    2  wrong arguments
    3  stopped
    4  not installed
)";

constexpr std::string_view kExamplesAgent = R"(
EXAMPLES
    {0} install --server agents.example.org:13081 --token-file /root/token --conf /etc/{0}/agent.conf --now
    {0} status
    {0} uninstall --purge

SEE ALSO
    {0} validate, {0} run, docs/services.md
)";

constexpr std::string_view kExamplesServer = R"(
EXAMPLES
    {0} install --conf /etc/{0}/server.conf --user {0} --now
    {0} status
    {0} uninstall

SEE ALSO
    {0} validate, {0} run, docs/services.md
)";

// Up to its exit codes.
std::string install_help(const std::string& name, bool is_agent) {
  const auto part = [&name](std::string_view text, std::string_view what = "") {
    return fmt::format(fmt::runtime(text), name, what);
  };
  std::string text = part(kInstallBegin);
  if (is_agent) text += part(kInstallWithServer);
  text += part(kInstallMiddle);
  if (is_agent) text += kInstallNewConf;
  text += part(kInstallOptions, is_agent ? kNowAgent : kNowServer);
  if (is_agent) text += kInstallOptionsAgent;
  return text;
}

std::string body(const ServiceProgram& program, ServiceVerb verb) {
  const bool is_agent = program.kind == ServiceProgram::Kind::agent;
  const std::string& name = program.name;
  switch (verb) {
    case ServiceVerb::install:
      return install_help(name, is_agent) + fmt::format(fmt::runtime(kInstallEnd), name,
                                                        is_agent ? "connected" : "started",
                                                        is_agent ? "not connected yet" : "not started");
    case ServiceVerb::uninstall: return fmt::format(fmt::runtime(kUninstall), name);
    case ServiceVerb::start:
      return fmt::format(fmt::runtime(kControl), name, "start", "start the service",
                         "Starts the service and returns once it runs; a server that is away is no failure.");
    case ServiceVerb::stop:
      return fmt::format(fmt::runtime(kControl), name, "stop", "stop the service",
                         "Stops the service, within 10 seconds. It starts with the machine again.");
    case ServiceVerb::restart:
      return fmt::format(fmt::runtime(kControl), name, "restart", "stop and start the service",
                         "Stops the service and starts it again; one that is stopped is started.");
    case ServiceVerb::status:
      return fmt::format(fmt::runtime(kStatus), name, is_agent ? "its connection" : "what it listens on");
  }
  return {};
}

}  // namespace

std::string service_help(const ServiceProgram& program, ServiceVerb verb) {
  const bool is_agent = program.kind == ServiceProgram::Kind::agent;
  std::string text = body(program, verb) +
                     fmt::format(fmt::runtime(is_agent ? kExamplesAgent : kExamplesServer), program.name);
  text.pop_back();  // whoever prints it ends the line
  return text;
}

std::string service_help_lines(const ServiceProgram& program) {
  return fmt::format(
      "As a service of the system ({0} VERB --help has more):\n"
      "  install --conf FILE         register it, or update it; --now starts it\n"
      "  uninstall                   stop it and remove it\n"
      "  start, stop, restart        what they say\n"
      "  status                      how it is: running 0, failed 1, stopped 3, not installed 4",
      program.name);
}

}  // namespace agent::host
