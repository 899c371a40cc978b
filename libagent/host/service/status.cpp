#include "host/service/status.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <filesystem>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "host/service/definition_file.hpp"
#include "host/service/stamp.hpp"

namespace agent::host {
namespace {

using Time = std::chrono::system_clock::time_point;

std::string_view word_of(ServiceRun run) {
  switch (run) {
    case ServiceRun::running: return "running";
    case ServiceRun::stopped: return "stopped";
    case ServiceRun::failed: return "failed";
    case ServiceRun::unknown: return "unknown";
  }
  return "unknown";
}

int exit_code_of(ServiceRun run) {
  switch (run) {
    case ServiceRun::running: return kServiceDone;
    case ServiceRun::stopped: return kServiceStopped;
    default: return kServiceFailed;
  }
}

std::int64_t milliseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Time time_of(std::int64_t milliseconds) { return Time(std::chrono::milliseconds(milliseconds)); }

// Local, with its zone: "2026-11-29 00:45:31 +0000".
std::string show_time(Time time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S %z}", fmt::localtime(std::chrono::system_clock::to_time_t(time)));
}

// The configuration that the service was installed with, if somebody has taken it away; "" = it is there.
std::string missing_conf(const ServiceScene& scene, const DefinitionFile& file) {
  std::error_code failed;
  const std::string conf = read_definition(file.text).stamp.conf;
  return std::filesystem::exists(scene.machine.at(conf), failed) || failed ? std::string() : conf;
}

bool is_edited(const DefinitionFile& file) {
  return read_definition(file.text).owner == DefinitionOwner::edited;
}
bool is_other(const DefinitionFile& file) {
  return read_definition(file.text).owner == DefinitionOwner::other;
}

void say_json_connection(json::Writer& out, const RunStatus& status) {
  out.key("connection").begin_object();
  out.key("state").string(to_string(status.connection));
  out.key("server").string(status.server);
  out.key("id").string(status.id);
  out.key("since").integer(status.since);
  out.key("problem").string(to_string(status.problem));
  out.key("reason").string(status.reason);
  out.end_object();
  out.key("version").string(status.version);
}

void say_json(const ServiceScene& scene, const std::optional<DefinitionFile>& file, const ServiceState& state,
              const std::optional<RunStatus>& status) {
  json::Writer out;
  out.begin_object();
  out.key("service").string(scene.program.name);
  out.key("manager").string(scene.manager.name());
  out.key("state").string(file ? word_of(state.run) : "not installed");
  out.key("installed").boolean(file.has_value());
  out.key("definition").string(scene.manager.definition_path(scene.program.name));
  out.key("edited").boolean(file && is_edited(*file));
  out.key("enabled").boolean(state.is_enabled);
  out.key("pid").integer(state.pid);
  out.key("since").integer(milliseconds(state.since));
  out.key("detail").string(state.detail);
  if (status) say_json_connection(out, *status);
  out.end_object();
  scene.console.say(out.take());
}

void say_state(const ServiceScene& scene, const DefinitionFile& file, const ServiceState& state,
               const std::optional<RunStatus>& status) {
  const auto say = [&scene](std::string_view what, std::string_view text) {
    scene.console.say(fmt::format("  {:<12}{}", fmt::format("{}:", what), text));
  };
  scene.console.say(state.run == ServiceRun::unknown ? "service status unknown"
                                                     : fmt::format("service is {}", word_of(state.run)));
  if (!state.detail.empty()) say("detail", state.detail);
  if (state.pid > 0) say("pid", fmt::format("{}", state.pid));
  if (state.since != Time()) say("since", show_time(state.since));
  say("enabled",
      state.is_enabled ? "yes, it starts with the machine" : "no, it does not start with the machine");
  say("definition",
      fmt::format("{} ({}{})", scene.manager.definition_path(scene.program.name), scene.manager.name(),
                  is_edited(file)  ? ", edited"
                  : is_other(file) ? ", not written by this program"
                                   : ""));
  if (const std::string conf = missing_conf(scene, file); !conf.empty()) say("missing", conf);
  if (status) say("connection", describe_connection(*status));
  if (state.run != ServiceRun::running && scene.manager.name() == "systemd") {
    say("see", fmt::format("journalctl -u {} -n 20", scene.program.name));
  }
}

int say_missing(const ServiceScene& scene) {
  if (scene.request.json) {
    say_json(scene, std::nullopt, ServiceState{}, std::nullopt);
  } else {
    scene.console.say("service is not installed");
  }
  return kServiceMissing;
}

}  // namespace

std::string describe_connection(const RunStatus& status) {
  const std::string since = show_time(time_of(status.since));
  const std::string reason = status.reason.empty() ? "" : ": " + status.reason;
  switch (status.connection) {
    case Connection::connected:
      return fmt::format("connected to {} as {} since {}", status.server, status.id, since);
    case Connection::connecting: return fmt::format("connecting to {}", status.server);
    case Connection::away: return fmt::format("away since {}{}", since, reason);
    case Connection::refused: return fmt::format("refused by {} since {}{}", status.server, since, reason);
    case Connection::listening: return fmt::format("listening on {}", status.server);
    case Connection::waiting: return fmt::format("waiting for {}{}", status.server, reason);
  }
  return "";
}

std::optional<RunStatus> run_status_of(const ServiceScene& scene, const ServiceState& state) {
  const std::string& name = scene.program.name;
  std::optional<RunStatus> status = scene.machine.root.empty()
                                        ? read_run_status(name)
                                        : read_run_status_in(scene.machine.at("/run/" + name));
  if (!status || state.run != ServiceRun::running) return std::nullopt;
  // Others than systemd know the pid of the supervisor only.
  const bool is_its = scene.manager.name() != "systemd" || status->pid == state.pid;
  return is_its && status->is_running ? status : std::nullopt;
}

int show_service_status(const ServiceScene& scene) {
  const std::optional<DefinitionFile> file = read_definition_file(scene.definition_path());
  if (!file) return say_missing(scene);
  const ServiceState state = scene.manager.state(scene.program.name);
  const std::optional<RunStatus> status = run_status_of(scene, state);
  if (scene.request.json) {
    say_json(scene, file, state, status);
  } else {
    say_state(scene, *file, state, status);
  }
  return exit_code_of(state.run);
}

}  // namespace agent::host
