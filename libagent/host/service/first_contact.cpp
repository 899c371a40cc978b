#include "host/service/first_contact.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"
#include "host/service/service_process.hpp"
#include "host/service/status.hpp"

namespace agent::host {
namespace {

constexpr std::chrono::milliseconds kLook{250};

void bring_up(const ServiceScene& scene, bool changed) {
  const std::string& name = scene.program.name;
  const ServiceState state = scene.manager.state(name);
  const bool is_running = state.run == ServiceRun::running;
  if (is_running && (changed || runs_another_file(scene.machine, state.pid, scene.request.program))) {
    scene.manager.restart(name);
    scene.console.say("restart service success");
  } else if (!is_running) {
    scene.manager.start(name);
    scene.console.say("start service success");
  }
}

// Nothing gets better by waiting.
bool is_final(const RunStatus& status) {
  if (status.connection == Connection::connected) return true;
  switch (status.problem) {
    case Problem::token:
    case Problem::certificate:
    case Problem::certificate_name:
    case Problem::certificate_time:
    case Problem::client_certificate:
    case Problem::not_a_server: return true;
    default: return false;
  }
}

// The last that the service said within the limit.
std::optional<RunStatus> wait_for_contact(const ServiceScene& scene) {
  std::optional<RunStatus> last;
  for (std::chrono::milliseconds waited{0}; waited < kContactLimit; waited += kLook) {
    const ServiceState state = scene.manager.state(scene.program.name);
    if (const std::optional<RunStatus> now = run_status_of(scene, state)) last = now;
    if (last && is_final(*last)) break;
    if (state.run == ServiceRun::failed || state.run == ServiceRun::stopped) return std::nullopt;
    scene.machine.pause(kLook);
  }
  return last;
}

std::string log_hint(const ServiceScene& scene) {
  return scene.manager.name() == "systemd" ? fmt::format("journalctl -u {} -n 20", scene.program.name)
                                           : "its log files (log.dir)";
}

int say_not_running(const ServiceScene& scene) {
  const ServiceState state = scene.manager.state(scene.program.name);
  scene.console.complain(
      fmt::format("the service does not run{}{}", state.detail.empty() ? "" : ": ", state.detail));
  scene.console.complain("  next: read " + log_hint(scene));
  return kServiceFailed;
}

// It runs, and says nothing of itself: its run directory cannot be written.
int say_unknown(const ServiceScene& scene) {
  scene.console.complain("the service runs, and whether it is connected is not known here");
  scene.console.complain("  next: read " + log_hint(scene));
  return kServiceFailed;
}

// Nobody can say yet that it is silence: an attempt may take longer than we wait.
bool is_silent(const RunStatus& status) {
  return status.connection == Connection::connecting && status.problem == Problem::none;
}

int say_away(const ServiceScene& scene, RunStatus status) {
  if (is_silent(status)) {
    status.problem = Problem::no_answer;
    status.reason = fmt::format("no answer within {} s", kContactLimit.count());
  }
  scene.console.complain(fmt::format("not connected to {}: {}", status.server, status.reason));
  scene.console.complain("  next: " + next_step(scene, status));
  scene.console.complain(
      fmt::format("  the service runs on and tries again; see {} status", scene.program.name));
  return kServiceFailed;
}

}  // namespace

std::string next_step(const ServiceScene& scene, const RunStatus& status) {
  const std::string& conf = scene.request.conf;
  switch (status.problem) {
    case Problem::name_not_found:
      return fmt::format("check the server's name in {} (basic.server), and the DNS of this machine", conf);
    case Problem::connection_refused:
      return fmt::format(
          "nothing listens there: check the port in {} (basic.server), and that the server runs", conf);
    case Problem::no_answer:
      return fmt::format("check the address in {} (basic.server), and the firewalls between", conf);
    case Problem::certificate:
      return fmt::format(
          "put the file of the authority that signed the server's certificate into {} (basic.tls.ca), "
          "then {} restart",
          conf, scene.program.name);
    case Problem::certificate_name:
      return fmt::format(
          "the server's certificate is for another name: put a name that it has into {} (basic.server), "
          "then {} restart",
          conf, scene.program.name);
    case Problem::certificate_time:
      return "renew the server's certificate, and check the clock of this machine";
    case Problem::client_certificate:
      return fmt::format(
          "the server wants a certificate of this agent that it trusts: put it into {} (basic.tls.cert and "
          "basic.tls.key), then {} restart",
          conf, scene.program.name);
    case Problem::not_a_server:
      return fmt::format(
          "what listens there is no agent-server: check the port in {} (basic.server), and whether it must be "
          "ws:// or wss:// (TLS)",
          conf);
    case Problem::disconnected:
      return fmt::format(
          "the server hangs up: check the port in {} (basic.server), and whether it must be wss:// (TLS)",
          conf);
    case Problem::token:
      return fmt::format("put the token that the server expects into {} (basic.token), then {} restart", conf,
                         scene.program.name);
    case Problem::id_conflict:
      return fmt::format(
          "another agent has this id: choose another one in {} (basic.id), then {} restart; or, when that agent "
          "is gone for good, release the id at the server: DELETE /api/agents/{}/binding",
          conf, scene.program.name, status.id.empty() ? "ID" : status.id);
    case Problem::refused: return "read the reason: the server answers and does not let it in, or not yet";
    default: return "read " + log_hint(scene);
  }
}

int start_and_watch(const ServiceScene& scene, bool changed) {
  try {
    bring_up(scene, changed);
  } catch (const Error& error) {
    if (error.code() == Errc::cancelled) {
      scene.console.say(fmt::format("restart service goes on: {}", error.what()));
      return kServiceDone;
    }
    scene.console.complain(fmt::format("can not start service: {}", error.what()));
    return say_not_running(scene);
  }
  if (scene.program.kind == ServiceProgram::Kind::server) return kServiceDone;
  const std::optional<RunStatus> status = wait_for_contact(scene);
  if (!status) {
    const bool is_running = scene.manager.state(scene.program.name).run == ServiceRun::running;
    return is_running ? say_unknown(scene) : say_not_running(scene);
  }
  if (status->connection != Connection::connected) return say_away(scene, *status);
  scene.console.say(fmt::format("connected to {} as {}", status->server, status->id));
  return kServiceDone;
}

}  // namespace agent::host
