// install, uninstall, start, stop, restart, status: one flow for every program and every manager. The texts
// are the originals' where they have one (reference agent behaviour, 17).
#pragma once

#include "host/service/machine.hpp"
#include "host/service/manager.hpp"
#include "host/service/service_program.hpp"
#include "host/service/service_request.hpp"

namespace agent::host {

// What the verbs share. All of it outlives them.
struct ServiceScene {
  const ServiceProgram& program;
  const ServiceRequest& request;
  const ServiceMachine& machine;
  const ServiceConsole& console;
  ServiceManager& manager;

  std::string definition_path() const { return machine.at(manager.definition_path(program.name)); }
};

// Does it and says what happened. The exit code.
int run_service_verb(const ServiceProgram& program, const ServiceRequest& request,
                     const ServiceMachine& machine, const ServiceConsole& console);

}  // namespace agent::host
