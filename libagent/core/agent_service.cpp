#include "core/agent_service.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/agent_settings.hpp"
#include "host/executable.hpp"
#include "host/service/service_environment.hpp"

namespace agent::core {
namespace {

bool logs_to_files(const LogConfig& log) { return std::ranges::find(log.target, "file") != log.target.end(); }

void add_paths(host::ServiceConfig& out, const Config& config) {
  if (logs_to_files(config.log)) out.logs.push_back(host::resolve_beside_program(config.log.dir));
  for (const std::string& path : {config.tls.ca, config.tls.cert, config.tls.key}) {
    if (path.starts_with('/')) out.readable.push_back(path);
  }
}

host::ServiceConfig read_config(AgentState& state, const std::string& path) {
  host::ServiceConfig out;
  host::use_environment_of_service(host::ServiceMachine::real(), state.name);
  SettingsSource source;
  source.path = path;
  try {
    const Settings settings = read_settings(state, source);
    for (const ConfigProblem& problem : settings.problems()) out.problems.push_back(to_string(problem));
    for (const ConfigProblem& warning : settings.warnings()) out.warnings.push_back(to_string(warning));
    for (const ConfigProblem& warning : state.outdated) out.warnings.push_back(to_string(warning));
  } catch (const Error& error) {
    out.problems.emplace_back(error.what());
    return out;
  }
  out.server = fmt::format("{}", fmt::join(state.config.server, ","));
  out.id = state.config.id;
  out.token = state.config.token;
  add_paths(out, state.config);
  return out;
}

}  // namespace

host::ServiceProgram service_program(AgentState& state, const ServiceProfile& profile) {
  host::ServiceProgram program;
  program.name = state.name;
  program.version = state.version;
  program.kind = host::ServiceProgram::Kind::agent;
  program.profile = profile;
  program.read_config = [&state](const std::string& path) { return read_config(state, path); };
  return program;
}

}  // namespace agent::core
