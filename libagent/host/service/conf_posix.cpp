#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "agent/config.hpp"
#include "agent/error.hpp"
#include "base/conf_file.hpp"
#include "base/read_file.hpp"
#include "base/replace_file.hpp"
#include "base/trim.hpp"
#include "base/yaml.hpp"
#include "base/yaml_edit.hpp"
#include "host/service/conf.hpp"
#include "host/service/definition_file.hpp"
#include "host/user_account.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMaxToken = 4096;
constexpr std::size_t kMaxConf = std::size_t{16} << 20;
constexpr std::string_view kPrefix = "basic.";

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void check_value(std::string_view option, std::string_view value) {
  if (has_control(value)) {
    throw Error(Errc::bad_config, fmt::format("{}: control characters cannot be in a configuration", option));
  }
}

bool is_yaml(const std::string& path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

std::string setting(bool yaml, std::string_view key, std::string_view value) {
  return yaml ? fmt::format("{}: {}\n", key, quote_yaml(value))
              : fmt::format("{} = {}\n", key, escape_conf_value(value));
}

std::string conf_text(const ServiceScene& scene, const std::string& token) {
  const ServiceRequest& request = scene.request;
  const bool yaml = is_yaml(request.conf);
  std::string out = fmt::format(
      "# Settings of {0}, written by `{0} install`. `{0} manifest` lists all that there are,\n"
      "# `{0} validate --conf FILE` checks this file.\n",
      scene.program.name);
  if (!request.id.empty()) out += setting(yaml, "basic.id", request.id);
  out += setting(yaml, "basic.server", request.server);
  if (!token.empty()) out += setting(yaml, "basic.token", token);
  return out;
}

// Whether the file says something for the key, in any of its spellings.
bool says(const SettingFile& file, std::string_view key) {
  const std::vector<std::string> names = key_spellings(kPrefix, key);
  return std::any_of(file.entries.begin(), file.entries.end(), [&names](const SettingEntry& entry) {
    return !entry.text.empty() && std::find(names.begin(), names.end(), entry.key) != names.end();
  });
}

NewConf complete_conf(const ServiceScene& scene, const std::string& path) {
  std::string before = read_file(path, kMaxConf);
  const SettingFile file = is_yaml(path) ? parse_yaml(before, path) : parse_conf(before, path);
  if (!file.problems.empty() || says(file, "server")) return {};
  const std::string token = read_token(scene.request);
  NewConf completed(path, std::move(before));
  set_key(path, kPrefix, "server", scene.request.server);
  if (!scene.request.id.empty() && !says(file, "id")) set_key(path, kPrefix, "id", scene.request.id);
  if (!token.empty() && !says(file, "token")) set_key(path, kPrefix, "token", token);
  return completed;
}

FileAccess access_for(const ServiceRequest& request) {
  FileAccess access{.mode = 0600};
  if (request.user.empty()) return access;
  const UserAccount user = find_user(request.user);
  access.has_owner = true;
  access.user = user.id;
  access.group = user.group;
  return access;
}

}  // namespace

NewConf::~NewConf() {
  if (path_.empty()) return;
  if (before_) {
    try {
      replace_file(path_, *before_);
    } catch (const Error&) {
      return;  // the disk that has failed before: the file says more than it did, and nothing was installed
    }
    return;
  }
  std::error_code failed;
  std::filesystem::remove(path_, failed);
}

std::string read_token(const ServiceRequest& request) {
  if (request.token_file.empty()) return {};
  const std::string text = read_file(request.token_file, kMaxToken);
  std::string token(trim(std::string_view(text).substr(0, text.find('\n'))));
  const bool is_one_line = text.find('\n') == std::string::npos ||
                           text.find_first_not_of(" \r\n\t", text.find('\n')) == std::string::npos;
  if (token.empty() || !is_one_line || token.find_first_of(" \t") != std::string::npos) {
    throw Error(Errc::bad_config,
                fmt::format("{}: want one line with the token and nothing else", request.token_file));
  }
  check_value("--token-file", token);
  return token;
}

NewConf write_missing_conf(const ServiceScene& scene) {
  const ServiceRequest& request = scene.request;
  const std::string path = scene.machine.at(request.conf);
  if (request.server.empty()) return {};
  check_value("--server", request.server);
  check_value("--id", request.id);
  if (std::filesystem::exists(path)) return complete_conf(scene, path);
  const std::string text = conf_text(scene, read_token(request));
  const FileAccess access = access_for(request);
  NewDirectories directories;
  directories.make(std::filesystem::path(path).parent_path().string(), 0755);
  put_file(path, text, access);
  return {path, std::move(directories)};
}

std::string conflict_with(const ServiceRequest& request, const ServiceConfig& config,
                          const std::string& token) {
  const auto differs = [](const std::string& asked, const std::string& has) {
    return !asked.empty() && asked != has;
  };
  if (differs(request.server, config.server)) {
    return fmt::format("basic.server is '{}', not '{}'", config.server, request.server);
  }
  if (differs(request.id, config.id)) return fmt::format("basic.id is '{}', not '{}'", config.id, request.id);
  if (differs(token, config.token)) return "basic.token is not the one of " + request.token_file;
  return {};
}

}  // namespace agent::host
