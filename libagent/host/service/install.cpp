#include "host/service/install.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/error.hpp"
#include "base/replace_file.hpp"
#include "host/service/conf.hpp"
#include "host/service/definition_file.hpp"
#include "host/service/first_contact.hpp"
#include "host/service/new_directories.hpp"
#include "host/service/stamp.hpp"
#include "host/service/user.hpp"
#include "host/shell_word.hpp"

namespace agent::host {
namespace {

namespace fs = std::filesystem;

void say_block(const ServiceScene& scene, std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    scene.console.say(fmt::format("  {}", text.substr(begin, end - begin)));
    begin = end + 1;
  }
}

// ---- before anything is written

// The folder of a configuration that is its own: an id that the server assigns is written beside it first.
bool is_own_folder(const fs::path& folder) {
  constexpr std::array<std::string_view, 6> kSystem{"/usr/local/etc", "/usr/etc", "/usr/local",
                                                    "/var/lib",       "/var/tmp", "/usr/lib"};
  const auto parts = std::distance(folder.begin(), folder.end());
  return parts >= 3 && std::find(kSystem.begin(), kSystem.end(), folder.string()) == kSystem.end();
}

std::vector<std::string> writable_paths(const ServiceScene& scene, const ServiceConfig& config) {
  std::vector<std::string> out;
  const fs::path folder = fs::path(scene.request.conf).lexically_normal().parent_path();
  const bool writes_id = scene.program.kind == ServiceProgram::Kind::agent;
  if (writes_id && is_own_folder(folder)) out.push_back(folder.string());
  for (const auto* paths : {&config.data, &config.logs}) {
    for (const std::string& path : *paths) {
      if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(path);
    }
  }
  return out;
}

ServiceSpec spec_of(const ServiceScene& scene, const ServiceConfig& config) {
  const ServiceProgram& program = scene.program;
  const bool is_agent = program.kind == ServiceProgram::Kind::agent;
  ServiceSpec spec;
  spec.name = program.name;
  spec.description = program.profile.description.empty() ? program.name : program.profile.description;
  spec.program = scene.request.program;
  spec.arguments = {"run", "--conf", scene.request.conf};
  spec.user = scene.request.user == "root" ? "" : scene.request.user;
  spec.delegate = is_agent;
  spec.low_ports = !is_agent;
  spec.open_files = program.profile.open_files;
  spec.confinement = program.profile.confinement;
  spec.writable = writable_paths(scene, config);
  spec.readable = config.readable;
  spec.readable.push_back(scene.request.conf);
  return spec;
}

// What keeps `user` from running the program with its configuration.
std::vector<std::string> problems_of_user(const ServiceScene& scene, const ServiceConfig& config) {
  std::vector<std::string> out;
  if (scene.request.user.empty()) return out;
  const UserAccount user = find_user(scene.request.user);
  const auto check = [&](const std::string& path, FileUse use, std::string_view verb) {
    const int failed = error_of_use(user, scene.machine.at(path), use);
    if (failed != 0)
      out.push_back(system_error(fmt::format("user {} cannot {} {}", user.name, verb, path), failed).what());
  };
  check(scene.request.program, FileUse::execute, "run");
  check(scene.request.conf, FileUse::read, "read");
  for (const std::string& path : config.readable) check(path, FileUse::read, "read");
  return out;
}

// What the configuration says, when the service can run with it.
std::optional<ServiceConfig> check_config(const ServiceScene& scene) {
  ServiceConfig config = scene.program.read_config(scene.machine.at(scene.request.conf));
  for (const std::string& warning : config.warnings) scene.console.complain("warning: " + warning);
  for (std::string& problem : problems_of_user(scene, config)) config.problems.push_back(std::move(problem));
  for (const std::string& problem : config.problems) scene.console.complain(problem);
  if (config.problems.empty()) return config;
  scene.console.complain("can not register service: the configuration is wrong");
  return std::nullopt;
}

// ---- the definition

enum class Change { none, created, updated };

int refuse_other(const ServiceScene& scene, const DefinitionFile& file) {
  const std::string path = scene.manager.definition_path(scene.program.name);
  const std::string what =
      file.link.empty() ? "was not written by this program" : "is a link to " + file.link;
  scene.console.complain(
      fmt::format("can not register service: {} {}; --force replaces it and keeps a copy", path, what));
  return kServiceFailed;
}

// The definition that was there goes back to where it was.
void take_back(const ServiceScene& scene, const std::string& copy) {
  const std::string path = scene.definition_path();
  std::error_code failed;
  if (copy.empty()) {
    fs::remove(path, failed);
    return;
  }
  fs::rename(copy, path, failed);  // of two names of one file it does nothing
  fs::remove(copy, failed);
}

// An update does not decide whether the service starts with the machine.
void take_notice(const ServiceScene& scene) {
  if (scene.request.update) {
    scene.manager.reload_definition(scene.program.name);
  } else {
    scene.manager.enable(scene.program.name);
  }
}

// All of it or nothing: a definition that cannot be written whole, or that the manager does not take, is not
// left behind. Gives the copy of the one before, "" when there was none.
std::string put_definition(const ServiceScene& scene, bool is_there, const std::string& text) {
  const std::string path = scene.definition_path();
  std::string copy = is_there ? keep_copy(path) : std::string();
  FileAccess access;
  access.mode = scene.manager.definition_mode();
  try {
    put_file(path, text, access);
    take_notice(scene);
  } catch (const Error&) {
    take_back(scene, copy);
    throw;
  }
  return copy;
}

void say_change(const ServiceScene& scene, const ReadDefinition& before, std::string_view after,
                const std::string& copy) {
  const std::string path = scene.manager.definition_path(scene.program.name);
  if (before.owner == DefinitionOwner::ours) {
    remove_file(copy);
    scene.console.say(fmt::format("what has changed in {}:", path));
  } else {
    const std::string_view was = before.owner == DefinitionOwner::edited ? "was edited" : "was another's";
    scene.console.say(fmt::format("{} {}; it is kept as {}. What has changed:", path, was,
                                  copy.substr(scene.machine.root.size())));
  }
  say_block(scene, difference(before.text, after));
}

// The manager does not make them, and the user could not.
NewDirectories make_user_directories(const ServiceScene& scene, const ServiceSpec& spec,
                                     const ServiceConfig& config) {
  NewDirectories made;
  std::vector<std::string> directories = config.data;
  directories.insert(directories.end(), config.logs.begin(), config.logs.end());
  if (!scene.manager.makes_directories()) {
    directories.push_back("/var/lib/" + spec.name);
    directories.push_back("/var/log/" + spec.name);
  }
  for (const std::string& directory : directories) {
    const std::string path = scene.machine.at(directory);
    if (fs::exists(path)) continue;
    made.make(path, 0750);
    if (!spec.user.empty()) give_to(find_user(spec.user), path);
  }
  return made;
}

struct Written {
  int code = kServiceDone;
  Change change = Change::none;
};

Written write_definition(const ServiceScene& scene, const ServiceSpec& spec, const ServiceConfig& config) {
  const std::string text = scene.manager.definition(spec);
  const std::string stamped = stamp_definition(text, {.sha256 = {},
                                                      .conf = scene.request.conf,
                                                      .user = spec.user,
                                                      .data = config.data,
                                                      .logs = config.logs});
  const std::string path = scene.definition_path();
  const DefinitionLock lock(fs::path(path).parent_path().string());
  const std::optional<DefinitionFile> file = read_definition_file(path);
  if (file && file->link.empty() && file->text == stamped) {
    take_notice(scene);
    return {};
  }
  const ReadDefinition before = read_definition(file ? file->text : "");
  if (file && before.owner == DefinitionOwner::other && !scene.request.force)
    return {refuse_other(scene, *file)};
  NewDirectories made = make_user_directories(scene, spec, config);
  const std::string copy = put_definition(scene, file.has_value(), stamped);
  made.keep();
  if (file) say_change(scene, before, text, copy);
  return {kServiceDone, file ? Change::updated : Change::created};
}

// ---- afterwards

void say_registered(const ServiceScene& scene, const Written& written) {
  scene.console.say(fmt::format("service name: {}", scene.program.name));
  scene.console.say(fmt::format("platform: {}", scene.manager.platform()));
  scene.console.say("register service success");
  if (written.change == Change::none) scene.console.say("nothing has changed");
}

void say_next(const ServiceScene& scene, const Written& written) {
  const std::string program = shell_word(scene.request.program);
  const bool is_running = scene.manager.state(scene.program.name).run == ServiceRun::running;
  if (!is_running) {
    scene.console.say(fmt::format("next: {} start", program));
  } else if (written.change == Change::updated) {
    scene.console.say(fmt::format("next: {} restart", program));
  }
}

int register_service(const ServiceScene& scene) {
  NewConf fresh = write_missing_conf(scene);
  const std::optional<ServiceConfig> config = check_config(scene);
  if (!config) return kServiceBadConfig;
  const bool is_new = fresh.is_written() && !fresh.was_there();
  const std::string conflict =
      is_new ? std::string() : conflict_with(scene.request, *config, read_token(scene.request));
  if (!conflict.empty()) {
    scene.console.complain(
        fmt::format("can not register service: {} exists, and its {}. Edit it, or leave the option out",
                    scene.request.conf, conflict));
    return kServiceFailed;
  }
  const Written written = write_definition(scene, spec_of(scene, *config), *config);
  if (written.code != kServiceDone) return written.code;
  if (fresh.is_written()) scene.console.say(fmt::format("wrote {}", scene.request.conf));
  fresh.keep();
  say_registered(scene, written);
  for (const std::string& warning : scene.manager.warnings(scene.program.name))
    scene.console.complain("warning: " + warning);
  if (scene.request.now) return start_and_watch(scene, written.change == Change::updated);
  if (!scene.request.update) say_next(scene, written);
  return kServiceDone;
}

// With the configuration and the user of the service that is there; without any nothing happens.
int update_service(const ServiceScene& scene) {
  const std::optional<DefinitionFile> file = read_definition_file(scene.definition_path());
  const ReadDefinition definition = read_definition(file ? file->text : "");
  if (!file) {
    scene.console.say("service is not installed");
    return kServiceDone;
  }
  if (!file->link.empty() || definition.stamp.conf.empty()) {
    scene.console.say(fmt::format("{} stays as it is: it was not written by this program",
                                  scene.manager.definition_path(scene.program.name)));
    return kServiceDone;
  }
  ServiceRequest request = scene.request;
  request.conf = definition.stamp.conf;
  request.user = definition.stamp.user;
  return register_service({scene.program, request, scene.machine, scene.console, scene.manager});
}

}  // namespace

int install_service(const ServiceScene& scene) {
  return scene.request.update ? update_service(scene) : register_service(scene);
}

}  // namespace agent::host
