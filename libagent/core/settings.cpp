#include "core/settings.hpp"

#include <algorithm>
#include <utility>

#include "agent/log.hpp"
#include "host/executable.hpp"
#include "net/dial.hpp"

namespace agent::core {
namespace {

void check_servers(Settings& settings, const Config& config) {
  for (const std::string& server : config.server) {
    if (server.starts_with('$')) continue;  // resolved at every attempt
    try {
      net::parse_address(server);
    } catch (const Error& error) {
      settings.problem("server", error.what());
    }
  }
}

void check_tls(Settings& settings, const TlsConfig& tls) {
  if (tls.ca.empty() && tls.cert.empty() && tls.key.empty()) return;
  try {
    net::TlsFiles files{tls.ca, tls.cert, tls.key};
    net::TlsContext::client(files);
  } catch (const Error& error) {
    settings.problem(tls.ca.empty() ? "tls.cert" : "tls.ca", error.what());
  }
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

bool is_limited(const LimitConfig& limit) {
  return limit.cpu_quota != 0 || limit.memory_limit.value != 0 || !limit.disk_limit.empty();
}

// Paths and kinds that the C++ types do not tell.
void refine(SettingInfo& info) {
  if (info.key == "basic.log.dir" || info.key.starts_with("basic.tls.")) info.type = "path";
}

}  // namespace

Settings read_settings(Parts& parts, const std::string& path) {
  Settings settings = Settings::load(path);
  settings.read(parts.config, kConfigPrefixes);
  for (const Parts::OwnSettings& own : parts.own_settings) own.read(settings);
  check_servers(settings, parts.config);
  check_tls(settings, parts.config.tls);
  parts.config_path = path;
  parts.warnings = settings.warnings();
  return settings;
}

void open_log(const Parts& parts) {
  const LogConfig& config = parts.config.log;
  log::Options options;
  options.to_stdout = contains(config.target, "stdout");
  options.to_file = contains(config.target, "file");
  options.dir = host::resolve_beside_program(config.dir);
  options.name = parts.name;
  options.size = config.size.value;
  options.rotate = static_cast<int>(config.rotate);
  options.rotation = config.rotation == "date" ? log::Rotation::date : log::Rotation::size;
  options.format = config.format == "json" ? log::Format::json : log::Format::text;
  options.level = log::parse_level(config.level);
  try {
    log::open(options);
  } catch (const Error& error) {
    throw error.within("log.dir");
  }
  for (const ConfigProblem& warning : parts.warnings) log::warn("{}", to_string(warning));
  if (is_limited(parts.config.limit)) {
    log::warn("limit.*: this version does not apply limits yet; the agent runs without");
  }
}

std::vector<SettingInfo> all_settings(const Parts& parts) {
  std::vector<SettingInfo> all = describe_settings(Config(), "basic.");
  std::ranges::for_each(all, refine);
  for (const Parts::OwnSettings& own : parts.own_settings) {
    all.insert(all.end(), own.infos.begin(), own.infos.end());
  }
  return all;
}

}  // namespace agent::core
