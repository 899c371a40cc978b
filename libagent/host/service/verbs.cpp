#include "host/service/verbs.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"
#include "host/service/definition_file.hpp"
#include "host/service/detect.hpp"
#include "host/service/install.hpp"
#include "host/service/stamp.hpp"
#include "host/service/status.hpp"
#include "host/service/uninstall.hpp"
#include "host/shell_word.hpp"

namespace agent::host {
namespace {

// "can not register service": the originals' verbs for it.
std::string_view original_word(ServiceVerb verb) {
  switch (verb) {
    case ServiceVerb::install: return "register";
    case ServiceVerb::uninstall: return "unregister";
    default: return to_string(verb);
  }
}

int ask_for_root(const ServiceScene& scene) {
  std::string line = "sudo " + shell_word(scene.request.program);
  for (const std::string& argument : scene.request.arguments) line += " " + shell_word(argument);
  scene.console.complain(
      fmt::format("can not {} service: only root may. Run this:", original_word(scene.request.verb)));
  scene.console.complain("  " + line);
  return kServiceFailed;
}

int say_without_manager(const ServiceProgram& program, const ServiceRequest& request,
                        const ServiceConsole& console) {
  const std::string conf = request.conf.empty() ? "FILE" : shell_word(request.conf);
  console.complain("this machine has no service manager (neither systemd, upstart nor System V runs here)");
  console.complain("what it can do is keep the program running by itself:");
  console.complain(fmt::format("  {0} run --daemon --pid-file /run/{1}.pid --conf {2}",
                               shell_word(request.program), program.name, conf));
  return kServiceFailed;
}

int say_missing(const ServiceScene& scene) {
  scene.console.complain(fmt::format("can not {} service: {} is not installed. {} install --help",
                                     original_word(scene.request.verb), scene.program.name,
                                     scene.program.name));
  return kServiceMissing;
}

bool is_installed(const ServiceScene& scene) {
  return read_definition_file(scene.definition_path()).has_value();
}

void tell(const ServiceScene& scene) {
  const std::string& name = scene.program.name;
  switch (scene.request.verb) {
    case ServiceVerb::start: scene.manager.start(name); break;
    case ServiceVerb::stop: scene.manager.stop(name); break;
    default: scene.manager.restart(name); break;
  }
}

// start, stop, restart.
int control(const ServiceScene& scene) {
  if (!is_installed(scene)) return say_missing(scene);
  try {
    tell(scene);
    scene.console.say(fmt::format("{} service success", to_string(scene.request.verb)));
  } catch (const Error& error) {
    if (error.code() != Errc::cancelled) throw;
    scene.console.say(fmt::format("{} service goes on: {}", to_string(scene.request.verb), error.what()));
  }
  return kServiceDone;
}

int run(const ServiceScene& scene) {
  if (scene.request.verb == ServiceVerb::status) return show_service_status(scene);
  if (!scene.machine.is_root) return ask_for_root(scene);
  switch (scene.request.verb) {
    case ServiceVerb::install: return install_service(scene);
    case ServiceVerb::uninstall: return uninstall_service(scene);
    default: return control(scene);
  }
}

int complain(const ServiceRequest& request, const ServiceConsole& console, const Error& error) {
  if (request.verb == ServiceVerb::status) {
    console.say("service status unknown");
    console.complain(fmt::format("can not get service status: {}", error.what()));
  } else {
    console.complain(fmt::format("can not {} service: {}", original_word(request.verb), error.what()));
  }
  return kServiceFailed;
}

}  // namespace

int run_service_verb(const ServiceProgram& program, const ServiceRequest& request,
                     const ServiceMachine& machine, const ServiceConsole& console) {
  try {
    check_service_name(program.name);
    const std::string name = request.manager.empty() ? detect_manager(machine) : request.manager;
    const std::unique_ptr<ServiceManager> manager = make_manager(name, machine);
    if (manager == nullptr) return say_without_manager(program, request, console);
    return run({program, request, machine, console, *manager});
  } catch (const Error& error) {
    return complain(request, console, error);
  }
}

}  // namespace agent::host
