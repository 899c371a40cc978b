#include "server_service.hpp"

#include <algorithm>
#include <sstream>

#include "agent/error.hpp"
#include "host/service/service_environment.hpp"
#include "server_config.hpp"

namespace server {
namespace {

using agent::host::ServiceConfig;
using agent::host::ServiceProgram;

constexpr std::uint64_t kOpenFiles = 65535;  // as the originals: one for each agent

void add_lines(std::vector<std::string>& out, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out.push_back(line);
}

ServiceConfig read_config(const std::string& path) {
  ServiceConfig out;
  agent::host::use_environment_of_service(agent::host::ServiceMachine::real(), "agent-server");
  try {
    const LoadedConfig loaded = load_config(path);
    const ServerConfig& config = loaded.config;
    out.warnings = loaded.warnings;
    out.warnings.insert(out.warnings.end(), loaded.outdated.begin(), loaded.outdated.end());
    out.data = {config.data_dir, config.cache_dir};
    out.logs = {config.log_dir};
    for (const std::string& file : {config.api_token_file, config.enroll_token_file, config.tls.cert,
                                    config.tls.key, config.tls.client_ca}) {
      if (!file.empty()) out.readable.push_back(file);
    }
  } catch (const agent::Error& error) {
    add_lines(out.problems, error.what());
  }
  return out;
}

}  // namespace

ServiceProgram service_program() {
  ServiceProgram program;
  program.name = "agent-server";
  program.version = AGENT_SERVER_VERSION;
  program.kind = ServiceProgram::Kind::server;
  program.profile.description = "agent-server: agents connect to it, and are called through its HTTP API";
  program.profile.open_files = kOpenFiles;
  program.read_config = read_config;
  return program;
}

}  // namespace server
