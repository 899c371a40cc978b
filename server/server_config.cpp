#include "server_config.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "host/service/state_directory.hpp"
#include "net/authority.hpp"
#include "net/certificate.hpp"
#include "net/tls.hpp"
#include "store/store_address.hpp"
#include "tokens.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Settings;

namespace {

constexpr std::string_view kUnprotected =
    "reaches beyond this machine: set api_token_file and enroll_token_file, or insecure = true";

bool is_protected(const ServerConfig& config) {
  return config.insecure || (!config.api_token_file.empty() && !config.enroll_token_file.empty());
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// "[::1]" and "localhost" as the plain address they mean; "" for every address, however it is written.
std::string plain_address(std::string address) {
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (address == "localhost") return "127.0.0.1";
  if (address == "*" || address == "::") return "";
  return address;
}

bool is_ip(const std::string& address) {
  in6_addr unused{};
  return inet_pton(AF_INET, address.c_str(), &unused) == 1 ||
         inet_pton(AF_INET6, address.c_str(), &unused) == 1;
}

// Originals name their directories relative to the one above the program's.
void make_absolute(std::string& path) {
  if (path.empty() || path.front() == '/') return;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  path = (program.parent_path().parent_path() / path).lexically_normal().string();
}

void make_paths_absolute(ServerConfig& config) {
  if (config.data_dir.empty()) config.data_dir = agent::host::state_directory("agent-server");
  if (config.cache_dir.empty()) config.cache_dir = config.data_dir + "/cache";
  if (config.log_dir.empty()) config.log_dir = config.data_dir + "/logs";
  for (std::string* path :
       {&config.data_dir, &config.cache_dir, &config.log_dir, &config.api_token_file,
        &config.enroll_token_file, &config.tls.cert, &config.tls.key, &config.tls.client_ca,
        &config.store.password_file, &config.store.ca, &config.store.cert, &config.store.key}) {
    make_absolute(*path);
  }
}

// What `check` throws becomes a problem of `key`.
template <class Check>
void collect(Settings& settings, std::string_view key, Check check) {
  try {
    check();
  } catch (const Error& error) {
    settings.problem(key, error.what());
  }
}

// Up to what exists of the path: it may be made, but not within a file.
void check_directory(Settings& settings, std::string_view key, const std::string& path) {
  if (agent::host::is_for_packages(path))
    settings.warning(key, agent::host::warning_of_packages(path, "/var/lib/agent-server"));
  std::error_code missing;
  for (std::filesystem::path at = path; !at.empty(); at = at.parent_path()) {
    if (std::filesystem::is_directory(at, missing)) return;
    if (std::filesystem::exists(at, missing)) {
      settings.problem(key, fmt::format("{} is not a directory", at.string()));
      return;
    }
    if (at == at.parent_path()) return;
  }
}

// A directory in one that is checked already is told of once.
void check_directories(Settings& settings, const ServerConfig& config) {
  check_directory(settings, "data_dir", config.data_dir);
  const std::string inside = config.data_dir + "/";
  if (!config.cache_dir.starts_with(inside)) check_directory(settings, "cache_dir", config.cache_dir);
  if (!config.log_dir.starts_with(inside)) check_directory(settings, "log_dir", config.log_dir);
}

void check_time(Settings& settings, std::string_view key, const agent::net::CertificateState& state,
                std::vector<std::string>& outdated) {
  if (state.validity == agent::net::Validity::ends_soon) settings.warning(key, state.text);
  if (state.is_outdated()) outdated.push_back(to_string(settings.place(key, state.text)));
}

void check_times(Settings& settings, const ServerTlsConfig& tls, std::vector<std::string>& outdated) {
  const auto now = std::chrono::system_clock::now();
  check_time(settings, "tls.cert", agent::net::chain_state(tls.cert, now), outdated);
  if (tls.client_ca.empty()) return;
  check_time(settings, "tls.client_ca", agent::net::authorities_state(tls.client_ca, now), outdated);
}

void check_tls(Settings& settings, const ServerTlsConfig& tls, std::vector<std::string>& outdated) {
  if (tls.cert.empty() != tls.key.empty()) {
    settings.problem(tls.cert.empty() ? "tls.key" : "tls.cert", "needs both tls.cert and tls.key");
  } else if (tls.cert.empty() && !tls.client_ca.empty()) {
    settings.problem("tls.client_ca", "needs tls.cert and tls.key");
  } else if (!tls.cert.empty()) {
    collect(settings, "tls.cert", [&] {
      agent::net::TlsContext::server({.ca = tls.client_ca, .cert = tls.cert, .key = tls.key});
      check_times(settings, tls, outdated);
    });
  }
}

void check_store(Settings& settings, const ServerStoreConfig& store) {
  collect(settings, "store.address", [&] { store::parse_store_address(store.address); });
  if (store.user.empty() != store.password_file.empty())
    settings.problem(store.user.empty() ? "store.user" : "store.password_file",
                     "needs both store.user and store.password_file");
  collect(settings, "store.password_file", [&] {
    if (!store.password_file.empty()) read_secret(store.password_file);
  });
  if (store.cert.empty() != store.key.empty()) {
    settings.problem(store.cert.empty() ? "store.key" : "store.cert", "needs both store.cert and store.key");
    return;
  }
  if (store.ca.empty() && store.cert.empty()) return;  // OpenSSL is loaded at need
  collect(settings, store.ca.empty() ? "store.cert" : "store.ca",
          [&] { agent::net::TlsContext::client({.ca = store.ca, .cert = store.cert, .key = store.key}); });
}

void check_names(Settings& settings, const ServerConfig& config) {
  for (const std::string& origin : config.allowed_origins) {
    if (agent::net::parse_origin(origin)) continue;
    settings.problem("allowed_origins",
                     fmt::format("'{}' is no origin; want scheme://host:port and nothing behind it", origin));
  }
  for (const std::string& name : config.server_names) {
    const auto authority = agent::net::parse_authority(name);
    if (authority && authority->port == 0) continue;
    settings.problem("server_names", fmt::format("'{}' is no host name; want one without a port", name));
  }
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.front() == '\0' ? "agent-server" : name.data();
}

std::string home_directory() {
  const char* set = std::getenv("HOME");
  if (set != nullptr && *set == '/') return set;
  const passwd* account = ::getpwuid(::geteuid());  // before there are other threads
  if (account == nullptr) throw Error(Errc::bad_config, "data_dir: HOME is not set; name one in a file");
  return account->pw_dir;
}

std::string user_state_directory() {
  const char* set = std::getenv("XDG_STATE_HOME");
  if (set != nullptr && *set == '/') return set;  // relative ones are to be ignored, says its specification
  return home_directory() + "/.local/state";
}

LoadedConfig check(Settings settings, ServerConfig defaults = {}) {
  LoadedConfig out;
  ServerConfig& config = out.config;
  config = std::move(defaults);
  settings.read(config);
  if (config.id.empty()) config.id = host_name();
  settings.ignore("grpc_listen", "not served yet");
  settings.ignore("metrics.kafka.", "not served yet");
  make_paths_absolute(config);
  if (config.cache_threshold == 0 || config.cache_threshold > 100) config.cache_threshold = 80;

  collect(settings, "listen", [&] { out.listen = listen_address(config, out.warnings); });
  collect(settings, "api_token_file", [&] { Tokens{config.api_token_file}; });
  collect(settings, "enroll_token_file", [&] { Tokens{config.enroll_token_file}; });
  check_directories(settings, config);
  check_tls(settings, config.tls, out.outdated);
  check_store(settings, config.store);
  if (!config.views.ip.empty() && !is_ip(config.views.ip))
    settings.problem("views.ip", fmt::format("'{}' is no IP address", config.views.ip));
  check_names(settings, config);
  settings.check();

  for (const auto& warning : settings.warnings()) out.warnings.push_back(to_string(warning));
  for (const auto& note : settings.notes()) out.notes.push_back(to_string(note));
  return out;
}

}  // namespace

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

ListenAddress listen_address(const ServerConfig& config, std::vector<std::string>& warnings) {
  const std::size_t colon = config.listen.rfind(':');
  const bool bare = colon == std::string::npos;
  const auto port = parse_port(std::string_view(config.listen).substr(bare ? 0 : colon + 1));
  ListenAddress out{.address = bare ? "" : plain_address(config.listen.substr(0, colon)),
                    .port = port.value_or(0)};
  if (!port || (!out.address.empty() && !is_ip(out.address))) {
    throw Error(Errc::bad_config, fmt::format("'{}' is neither address:port nor a port", config.listen));
  }
  if (is_protected(config) || is_loopback(out.address)) return out;
  if (!bare) throw Error(Errc::bad_config, fmt::format("'{}' {}", config.listen, kUnprotected));
  out.address = "127.0.0.1";
  warnings.push_back(
      fmt::format("listen = {}: only this machine is served, because the port without an address {}",
                  config.listen, kUnprotected));
  return out;
}

LoadedConfig load_config(const std::string& path) { return check(Settings::load(path)); }

LoadedConfig default_config() {
  ServerConfig defaults;
  defaults.data_dir = user_state_directory() + "/agent-server";
  return check(Settings::parse("", ""), std::move(defaults));
}

LoadedConfig parse_config(std::string_view text, const std::string& name) {
  return check(Settings::parse(text, name));
}

}  // namespace server
