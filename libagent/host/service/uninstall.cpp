#include "host/service/uninstall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/error.hpp"
#include "host/service/definition_file.hpp"
#include "host/service/stamp.hpp"

namespace agent::host {
namespace {

namespace fs = std::filesystem;

// A directory that a configuration could name by mistake. Only what lies deeper is removed as a whole.
bool is_shared(const fs::path& directory) {
  constexpr std::array<std::string_view, 20> kShared{
      "/bin",  "/boot", "/dev",  "/etc", "/home", "/lib", "/media", "/mnt", "/opt",       "/proc",
      "/root", "/run",  "/sbin", "/srv", "/sys",  "/tmp", "/usr",   "/var", "/usr/local", "/lib64"};
  const fs::path path = directory.lexically_normal();
  const auto parts = std::distance(path.begin(), path.end());
  if (parts < 3) return true;  // "/", "/x"
  const bool is_below_var = parts == 3 && path.parent_path() == "/var";
  return is_below_var || std::find(kShared.begin(), kShared.end(), path.string()) != kShared.end();
}

void say_removed(const ServiceScene& scene, const std::string& path) {
  scene.console.say(fmt::format("  removed {}", path));
}

void remove_directory(const ServiceScene& scene, const std::string& directory) {
  const std::string path = scene.machine.at(directory);
  std::error_code failed;
  if (is_shared(directory)) return;
  if (fs::is_symlink(path, failed)) return;  // whatever it leads to is somebody's decision
  const auto count = fs::remove_all(path, failed);
  if (failed) throw system_error("remove " + path, failed.value());
  if (count > 0) say_removed(scene, directory);
}

// Its log files; the directory too when nothing else is in it.
void remove_logs(const ServiceScene& scene, const std::string& directory) {
  std::error_code failed;
  bool removed = false;
  for (const auto& entry : fs::directory_iterator(scene.machine.at(directory), failed)) {
    const std::string name = entry.path().filename().string();
    const bool is_its = name.starts_with(scene.program.name + ".log") ||
                        (name.starts_with(scene.program.name + "_") && name.ends_with(".log"));
    if (is_its && entry.is_regular_file(failed)) removed = remove_file(entry.path().string()) || removed;
  }
  if (removed) say_removed(scene, fmt::format("{}/{}.log*", directory, scene.program.name));
  if (!is_shared(directory)) fs::remove(scene.machine.at(directory), failed);  // fails when it is not empty
}

void remove_copies(const ServiceScene& scene) {
  const fs::path definition = scene.definition_path();
  const std::string beginning = definition.filename().string() + ".bak";
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(definition.parent_path(), failed)) {
    if (!entry.path().filename().string().starts_with(beginning)) continue;
    remove_file(entry.path().string());
    const fs::path shown = scene.manager.definition_path(scene.program.name);
    say_removed(scene, (shown.parent_path() / entry.path().filename()).string());
  }
}

void purge(const ServiceScene& scene, const ServiceStamp& stamp) {
  for (const std::string& directory : stamp.logs) remove_logs(scene, directory);
  for (const std::string& directory : stamp.data) remove_directory(scene, directory);
  for (const char* above : {"/var/lib/", "/var/log/", "/run/"})
    remove_directory(scene, above + scene.program.name);
  // What went to its output under System V.
  for (const char* end : {".out", ".out.1"}) {
    const std::string output = "/var/log/" + scene.program.name + end;
    if (remove_file(scene.machine.at(output))) say_removed(scene, output);
  }
  const std::string& conf = stamp.conf.empty() ? scene.request.conf : stamp.conf;
  if (!conf.empty() && remove_file(scene.machine.at(conf))) say_removed(scene, conf);
  remove_copies(scene);
}

int refuse_other(const ServiceScene& scene) {
  scene.console.complain(fmt::format(
      "can not unregister service: {} was not written by this program; --force removes it and keeps a copy",
      scene.manager.definition_path(scene.program.name)));
  return kServiceFailed;
}

// Failing commands do not keep a service that somebody wants to be rid of: they are told.
template <class Step>
void attempt(const ServiceScene& scene, Step step) {
  try {
    step();
  } catch (const Error& error) {
    scene.console.complain(fmt::format("warning: {}", error.what()));
  }
}

void remove_definition(const ServiceScene& scene, const ReadDefinition& definition) {
  const std::string& name = scene.program.name;
  attempt(scene, [&] { scene.manager.stop(name); });
  attempt(scene, [&] { scene.manager.disable(name); });
  if (definition.owner != DefinitionOwner::ours && !scene.request.purge) {
    scene.console.say(
        fmt::format("kept a copy: {}", keep_copy(scene.definition_path()).substr(scene.machine.root.size())));
  }
  remove_file(scene.definition_path());
  attempt(scene, [&] { scene.manager.forget(name); });
}

}  // namespace

int uninstall_service(const ServiceScene& scene) {
  const std::string path = scene.definition_path();
  std::error_code failed;
  if (!fs::is_directory(fs::path(path).parent_path(), failed)) {
    scene.console.say("service is not installed");
    return kServiceDone;
  }
  const DefinitionLock lock(fs::path(path).parent_path().string());
  const std::optional<DefinitionFile> file = read_definition_file(path);
  const ReadDefinition definition = read_definition(file ? file->text : "");
  if (!file) {
    scene.console.say("service is not installed");
  } else if (definition.owner == DefinitionOwner::other && !scene.request.force) {
    return refuse_other(scene);
  } else {
    remove_definition(scene, definition);
    scene.console.say("unregister service success");
  }
  if (scene.request.purge) purge(scene, definition.stamp);
  return kServiceDone;
}

}  // namespace agent::host
