#include "agentctl/context_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "agent/error.hpp"
#include "base/nearest.hpp"
#include "base/read_file.hpp"
#include "base/trim.hpp"
#include "base/yaml.hpp"
#include "net/authority.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;

namespace {

constexpr std::size_t kFileLimit = 1024 * 1024;
const std::vector<std::string> kKeys{"url", "token_file", "ca", "cert", "key"};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string expanded(const std::string& path) {
  return path.starts_with("~/") ? variable("HOME") + path.substr(1) : path;
}

std::string* field_of(Context& context, std::string_view key) {
  if (key == "url") return &context.url;
  if (key == "token_file") return &context.token_file;
  if (key == "ca") return &context.ca;
  if (key == "cert") return &context.cert;
  return key == "key" ? &context.key : nullptr;
}

[[noreturn]] void fail(const agent::SettingEntry& entry, const std::string& why) {
  throw Error(Errc::bad_config, fmt::format("{}:{}: {}", entry.file, entry.line, why));
}

[[noreturn]] void fail_unknown(const agent::SettingEntry& entry, const std::string& key) {
  const auto near = agent::nearest(key, kKeys);
  fail(entry, fmt::format("unknown key '{}'{}", key,
                          near ? fmt::format(", did you mean '{}'?", *near)
                               : "; known are url, token_file, ca, cert, key"));
}

void take_entry(ContextFile& file, const agent::SettingEntry& entry) {
  constexpr std::string_view kPrefix = "contexts.";
  if (entry.key == "current") {
    file.current = entry.text;
    return;
  }
  const std::size_t dot = entry.key.rfind('.');
  if (!entry.key.starts_with(kPrefix) || dot < kPrefix.size())
    fail(entry, fmt::format("unknown key '{}'; known are current and contexts", entry.key));
  const std::string name = entry.key.substr(kPrefix.size(), dot - kPrefix.size());
  const std::string key = entry.key.substr(dot + 1);
  Context& context = file.contexts[name];
  context.name = name;
  std::string* field = field_of(context, key);
  if (field == nullptr) fail_unknown(entry, key);
  *field = key == "url" ? entry.text : expanded(entry.text);
}

std::string names_of(const ContextFile& file) {
  std::string text;
  for (const auto& [name, context] : file.contexts) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

const Context& find_context(const ContextFile& file, const std::string& name) {
  const auto found = file.contexts.find(name);
  if (found != file.contexts.end()) return found->second;
  throw Error(Errc::bad_config, fmt::format("context '{}' is not in {}; there are: {}", name,
                                            file.path.empty() ? "any file" : file.path, names_of(file)));
}

std::string value_in(const std::map<std::string, std::string>& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

void take_missing(std::string& to, const std::string& from) {
  if (to.empty()) to = from;
}

}  // namespace

std::string context_path() {
  if (std::string path = variable("AGENTCTL_CONFIG"); !path.empty()) return path;
  const std::string config = variable("XDG_CONFIG_HOME");
  return (config.empty() ? variable("HOME") + "/.config" : config) + "/agentctl/config.yaml";
}

ContextFile read_contexts(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 && errno == ENOENT) return {};
  return parse_contexts(agent::read_file(path, kFileLimit), path);
}

ContextFile parse_contexts(std::string_view text, const std::string& path) {
  const agent::SettingFile settings = agent::parse_yaml(text, path);
  if (!settings.problems.empty()) throw Error(Errc::bad_config, to_string(settings.problems.front()));
  ContextFile file;
  file.path = path;
  for (const agent::SettingEntry& entry : settings.entries) take_entry(file, entry);
  if (!file.current.empty()) find_context(file, file.current);
  return file;
}

Context choose_context(const ContextFile& file, Context given,
                       const std::map<std::string, std::string>& environment) {
  const bool is_named = !given.name.empty();
  Context chosen = std::move(given);
  if (!is_named) {
    take_missing(chosen.url, value_in(environment, "AGENTCTL_URL"));
    take_missing(chosen.token_file, value_in(environment, "AGENTCTL_TOKEN_FILE"));
  }
  const std::string name = is_named ? chosen.name : file.current;
  if (chosen.url.empty() && !name.empty()) {
    const Context& context = find_context(file, name);
    chosen.name = name;
    chosen.url = context.url;
    take_missing(chosen.token_file, context.token_file);
    take_missing(chosen.ca, context.ca);
    take_missing(chosen.cert, context.cert);
    take_missing(chosen.key, context.key);
  }
  take_missing(chosen.url, kDefaultUrl);
  return chosen;
}

Url parse_url(const std::string& text) {
  const std::string want = "want https://host[:port] or http://host[:port]";
  Url url;
  const std::size_t scheme = text.find("://");
  if (scheme == std::string::npos) throw Error(Errc::bad_config, fmt::format("url '{}': {}", text, want));
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://"))
    throw Error(Errc::bad_config, fmt::format("url '{}': {}", text, want));
  const std::size_t path = std::min(text.find('/', scheme + 3), text.size());
  const std::string authority = text.substr(scheme + 3, path - scheme - 3);
  url.prefix = text.substr(path);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  const auto parsed = agent::net::parse_authority(authority);
  const bool is_plain = url.prefix.find_first_of("?# \t\r\n") == std::string::npos;
  if (!parsed || parsed->host.empty() || !is_plain)
    throw Error(Errc::bad_config, fmt::format("url '{}': {}", text, want));
  url.host = parsed->host;
  url.port = std::to_string(parsed->port != 0 ? parsed->port : url.tls ? 443 : 80);
  return url;
}

std::string Url::text() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}{}", tls ? "https" : "http", is_v6 ? "[" + host + "]" : host, port, prefix);
}

bool Url::is_loopback() const { return host == "localhost" || host.starts_with("127.") || host == "::1"; }

std::string read_token(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw agent::system_error("token file " + path, errno);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw Error(Errc::bad_config,
                fmt::format("token file {}: others may read or change it; do: chmod 600 {}", path, path));
  std::istringstream lines(agent::read_file(path, kFileLimit));
  for (std::string line; std::getline(lines, line);) {
    const std::string_view text = agent::trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    const std::size_t blank = text.find_last_of(" \t");
    return std::string(blank == std::string_view::npos ? text : text.substr(blank + 1));
  }
  throw Error(Errc::bad_config, fmt::format("token file {}: there is no token in it", path));
}

Connection make_connection(Context context) {
  Connection out;
  out.url = parse_url(context.url);
  agent::Address address{.host = out.url.host, .port = out.url.port, .tls = out.url.tls};
  out.dial.address = (out.url.tls ? "wss://" : "ws://") + agent::host_port(address);
  out.dial.user_agent = std::string("agentctl/") + AGENTCTL_VERSION;
  out.dial.proxy = out.url.is_loopback() ? "" : agent::net::proxy_for(address);
  if (!context.token_file.empty()) out.dial.token = read_token(expanded(context.token_file));
  if (out.url.tls)
    out.dial.tls =
        agent::net::TlsContext::client({expanded(context.ca), expanded(context.cert), expanded(context.key)});
  out.context = std::move(context);
  return out;
}

}  // namespace agentctl
