#include "core/reload.hpp"

#include <functional>

#include "agent/config.hpp"
#include "agent/log.hpp"
#include "net/tls.hpp"

namespace agent::core {
namespace {

// The agent's own settings may be in use everywhere: they wait for the next start.
Config read_again(const std::string& path) {
  Config config;
  Settings settings = Settings::load(path);
  settings.read(config, kConfigPrefixes);
  settings.check();
  return config;
}

void check_files(const TlsConfig& tls) {
  if (tls.ca.empty() && tls.cert.empty() && tls.key.empty()) return;
  const net::TlsFiles files{tls.ca, tls.cert, tls.key};
  net::TlsContext::client(files);
}

void reload_settings(AgentState& state) {
  if (state.config_path.empty()) return;
  const Config config = read_again(state.config_path);
  check_files(config.tls);
  state.config.tls = config.tls;
  state.config.log.level = config.log.level;
  log::use_level(log::parse_level(config.log.level));
}

void attempt(const char* what, const std::function<void()>& work) {
  try {
    work();
    log::info("reloaded {}", what);
  } catch (const std::exception& error) {
    log::error("not reloaded: {}: {}", what, error.what());
  }
}

}  // namespace

void reload(AgentState& state) {
  attempt("log files", log::reopen);
  attempt("log level and TLS files", [&state] { reload_settings(state); });
}

}  // namespace agent::core
