// ServiceManager: systemd, System V or upstart behind one set of verbs.
//
// A manager knows the text of its definition and the commands that make the system take notice of it. The
// flow around it (ours or not, copies, what changed, who may) is in service_verbs, once for all managers.
// Paths are those of the machine; ServiceMachine puts its root before them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/service/machine.hpp"
#include "host/service/spec.hpp"

namespace agent::host {

enum class ServiceRun {
  running,  // also while it starts or ends
  stopped,  // ended because it was told to, or never started
  failed,   // ended although nobody said so; perhaps about to be started again
  unknown,  // the manager does not say
};

struct ServiceState {
  ServiceRun run = ServiceRun::unknown;
  bool is_enabled = false;                        // starts with the machine
  long pid = 0;                                   // of the program, or of its supervisor; 0 = unknown
  std::chrono::system_clock::time_point since{};  // of `run`; the epoch = unknown
  std::string detail;  // the manager's words where they say more: "activating", "exit code 78"
};

class ServiceManager {
 public:
  virtual ~ServiceManager() = default;

  virtual std::string_view name() const = 0;      // as --manager has it: "systemd", "systemv", "upstart"
  virtual std::string_view platform() const = 0;  // the originals' word: "linux-systemd", "unix-systemv", …

  // Where the definition of `service` goes, and with which mode.
  virtual std::string definition_path(std::string_view service) const = 0;
  virtual unsigned definition_mode() const = 0;
  // Its whole text, without the stamp of service_stamp.hpp; ends with a newline. Throws Errc::bad_config for
  // a path or an argument that the manager cannot be told exactly, with the character's name.
  virtual std::string definition(const ServiceSpec& spec) const = 0;

  // Whether it makes state and log directories for the service's user; install does otherwise.
  virtual bool makes_directories() const { return false; }

  // The definition was written, the first time or again: takes notice of it, and starts it with the machine
  // from now on. Twice is fine. This and all below throw Errc::io with what the command said.
  virtual void enable(const std::string& service) = 0;
  // The definition was written again: takes notice of it. Whether it starts with the machine stays as it is.
  virtual void reload_definition(const std::string& service) = 0;
  // The definition is about to go, while it still exists: not with the machine any more. Twice is fine.
  virtual void disable(const std::string& service) = 0;
  // The definition is gone: forgets the rest.
  virtual void forget(const std::string& service) = 0;

  // Errc::cancelled: the agent that runs this very command is about to end it, and the manager goes on by
  // itself. They wait for the result, 60 s at most. Started twice or stopped twice is fine; restart starts a
  // stopped service.
  virtual void start(const std::string& service) = 0;
  virtual void stop(const std::string& service) = 0;
  virtual void restart(const std::string& service) = 0;

  // The service must have a definition.
  virtual ServiceState state(const std::string& service) = 0;

  // What the user should know about the environment file of the service: lines that the manager takes
  // otherwise than a shell would. Empty = nothing.
  virtual std::vector<std::string> warnings(const std::string& service) = 0;
};

}  // namespace agent::host
