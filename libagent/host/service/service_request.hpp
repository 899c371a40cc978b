// ServiceRequest: which verb was asked for, with what.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

enum class ServiceVerb { install, uninstall, start, stop, restart, status };

std::string_view to_string(ServiceVerb verb);

// The exit codes of the verbs.
enum ServiceExit {
  kServiceDone = 0,        // status: running
  kServiceFailed = 1,      // status: failed, or unknown
  kServiceUsage = 2,       // wrong arguments
  kServiceStopped = 3,     // status: not running
  kServiceMissing = 4,     // not installed
  kServiceBadConfig = 78,  // EX_CONFIG: the configuration is wrong
};

struct ServiceRequest {
  ServiceVerb verb = ServiceVerb::status;
  std::string program;                 // absolute path, as it was called
  std::vector<std::string> arguments;  // as they were typed: for "run this with sudo"
  std::string conf;
  std::string user;
  std::string manager;  // "" = what this machine has
  std::string server;   // these three: for a configuration that does not exist yet
  std::string id;
  std::string token_file;
  bool now = false;
  bool force = false;
  bool update = false;  // install: only the service that is there, with its own configuration and user
  bool purge = false;
  bool json = false;
};

// Where lines go that people read, without their newline.
struct ServiceConsole {
  std::function<void(std::string_view line)> say;       // stdout
  std::function<void(std::string_view line)> complain;  // stderr

  static ServiceConsole standard();
};

}  // namespace agent::host
