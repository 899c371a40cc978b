#include "core/agent_settings.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/log.hpp"
#include "core/library_texts.hpp"
#include "host/executable.hpp"
#include "host/limits/limit_check.hpp"
#include "host/service/state_directory.hpp"
#include "net/certificate.hpp"
#include "net/tls.hpp"

namespace agent::core {
namespace {

// A certificate that is out of date may be a good one when the next connection is made: that is no problem
// of the file, but goes into `outdated`.
void check_time(Settings& settings, std::string_view key, const net::CertificateState& state,
                std::vector<ConfigProblem>& outdated) {
  if (state.validity == net::Validity::ends_soon) settings.warning(key, state.text);
  if (state.is_outdated()) outdated.push_back(settings.place(key, state.text));
}

void check_tls(Settings& settings, const TlsConfig& tls, std::vector<ConfigProblem>& outdated) {
  if (tls.ca.empty() && tls.cert.empty() && tls.key.empty()) return;
  const auto now = std::chrono::system_clock::now();
  try {
    net::TlsFiles files{tls.ca, tls.cert, tls.key};
    net::TlsContext::client(files);
    if (!tls.cert.empty()) check_time(settings, "tls.cert", net::chain_state(tls.cert, now), outdated);
    if (!tls.ca.empty()) check_time(settings, "tls.ca", net::authorities_state(tls.ca, now), outdated);
  } catch (const Error& error) {
    settings.problem(tls.ca.empty() ? "tls.cert" : "tls.ca", error.what());
  }
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

// What can be known before the first line is written.
void check_log_dir(Settings& settings, const LogConfig& config, const std::string& name) {
  if (!contains(config.target, "file")) return;
  const std::string path = host::resolve_beside_program(config.dir);
  if (host::is_for_packages(path))
    settings.warning("log.dir", host::warning_of_packages(path, "/var/log/" + name));
  std::error_code missing;
  if (std::filesystem::exists(path, missing) && !std::filesystem::is_directory(path, missing)) {
    settings.problem("log.dir", path + " is not a directory");
  }
}

void check_limits(Settings& settings, const LimitConfig& limit) {
  for (const std::string& problem : host::problems_of(limit, host::kAgentNeeds)) {
    const std::size_t colon = problem.find(": ");
    settings.problem(problem.substr(0, colon), problem.substr(colon + 2));
  }
}

// Holds when the working directory is another one. A directory that has been removed has no path.
std::string absolute_path(const std::string& path) {
  if (path.empty()) return path;
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  return failed ? path : absolute.string();
}

Settings parse_text(const std::string& text) {
  return text.empty() ? Settings::parse("", "") : Settings::parse(text, "settings");
}

}  // namespace

bool names_a_server(const SettingsSource& source) {
  const char* set = std::getenv("LIBAGENT_SERVER");
  return !source.path.empty() || !source.server.empty() || (set != nullptr && *set != '\0');
}

Settings read_settings(AgentState& state, const SettingsSource& source) {
  Settings settings = source.path.empty() ? parse_text(source.text) : Settings::load(source.path);
  if (!source.server.empty()) settings.set("server", source.server, "--server");
  if (!source.id.empty()) settings.set("id", source.id, "--id");
  settings.read(state.config, kConfigPrefixes);
  for (const AgentState::OwnSettings& own : state.own_settings) own.read(settings);
  if (source.path.empty() && state.config.id.empty()) state.config.id = "$HOSTNAME";
  check_log_dir(settings, state.config.log, state.name);
  check_limits(settings, state.config.limit);
  state.outdated.clear();
  check_tls(settings, state.config.tls, state.outdated);
  state.config_path = source.path.empty() ? std::string() : absolute_path(source.path);
  state.warnings = settings.warnings();
  return settings;
}

void open_log(const AgentState& state) {
  const LogConfig& config = state.config.log;
  log::Options options;
  options.to_stdout = contains(config.target, "stdout");
  options.to_file = contains(config.target, "file");
  options.dir = host::resolve_beside_program(config.dir);
  options.name = state.name;
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
  for (const ConfigProblem& warning : state.warnings) log::warn("{}", to_string(warning));
  for (const ConfigProblem& problem : state.outdated) log::error("{}", to_string(problem));
}

std::vector<SettingInfo> all_settings(const AgentState& state) {
  std::vector<SettingInfo> all = describe_settings(Config(), "basic.");
  for (const AgentState::OwnSettings& own : state.own_settings) {
    all.insert(all.end(), own.infos.begin(), own.infos.end());
  }
  return all;
}

SettingTexts all_texts(const AgentState& state) {
  std::vector<LanguageFile> files(kLibraryTexts.begin(), kLibraryTexts.end());
  files.insert(files.end(), state.texts.begin(), state.texts.end());
  return SettingTexts(files);
}

}  // namespace agent::core
