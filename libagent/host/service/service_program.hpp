// ServiceProgram: what a program of ours says about itself to the verbs that install and watch it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/service.hpp"

namespace agent::host {

// What a configuration file means for the service that will run with it.
struct ServiceConfig {
  std::vector<std::string> problems;  // any: the program would not start with it
  std::vector<std::string> warnings;
  std::string server;  // of an agent, as the file has it
  std::string id;
  std::string token;  // secret
  // Absolute paths. `data`: directories that hold nothing but the program's data; `logs`: of its log files,
  // which may be beside others; `readable`: keys, certificates and the like.
  std::vector<std::string> data;
  std::vector<std::string> logs;
  std::vector<std::string> readable;
};

struct ServiceProgram {
  enum class Kind { agent, server };

  std::string name;
  std::string version;
  Kind kind = Kind::agent;
  ServiceProfile profile;
  // Reads and checks a file, the environment of this process not counted. Does not throw for what is wrong
  // in it.
  std::function<ServiceConfig(const std::string& path)> read_config;
};

}  // namespace agent::host
