#include "host/limits/libcgroup.hpp"

#include <dlfcn.h>
#include <libcgroup.h>

#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace agent::host {
namespace {

// The functions have been the same since 0.34. Debian 12 has the first, EL 6 to 8 and Debian 11 the second.
constexpr const char* kFiles[] = {"libcgroup.so.2", "libcgroup.so.1"};
// What the library keeps of one value (CG_CONTROL_VALUE_MAX).
constexpr std::size_t kLongestValue = 4000;

// The header vouches for the signature.
template <auto* Function>
bool find(void* library, const char* name, decltype(Function)& found) {
  found = reinterpret_cast<decltype(Function)>(::dlsym(library, name));
  return found != nullptr;
}

const LibcgroupCalls* load() {
  static LibcgroupCalls calls;
  for (const char* file : kFiles) {
    void* const library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);  // for good
    if (library == nullptr) continue;
    if (find<cgroup_init>(library, "cgroup_init", calls.init) &&
        find<cgroup_new_cgroup>(library, "cgroup_new_cgroup", calls.new_cgroup) &&
        find<cgroup_add_controller>(library, "cgroup_add_controller", calls.add_controller) &&
        find<cgroup_add_value_string>(library, "cgroup_add_value_string", calls.add_value_string) &&
        find<cgroup_create_cgroup>(library, "cgroup_create_cgroup", calls.create_cgroup) &&
        find<cgroup_free>(library, "cgroup_free", calls.free))
      return &calls;
  }
  return nullptr;
}

struct NamedPlace {
  const char* controller;
  const ControllerPlace& place;
  const Controller* values;  // nullptr: it has none
};

constexpr Controller kCpu = Controller::cpu;
constexpr Controller kMemory = Controller::memory;
constexpr Controller kIo = Controller::io;
constexpr Controller kPids = Controller::pids;

// A value of several lines is one for the library, which writes one line after the other.
std::map<std::string, std::string> texts_by_file(const std::vector<GroupValue>& values,
                                                 Controller controller) {
  std::map<std::string, std::string> texts;
  for (const GroupValue& value : values) {
    if (value.controller != controller) continue;
    std::string& text = texts[value.write.file];
    text += (text.empty() ? "" : "\n") + value.write.text;
  }
  return texts;
}

// In the order of the values, each file once.
bool add_values(const LibcgroupCalls& library, ::cgroup_controller* controller,
                const std::vector<GroupValue>& values, Controller of) {
  std::map<std::string, std::string> texts = texts_by_file(values, of);
  for (const GroupValue& value : values) {
    const auto text = value.controller == of ? texts.extract(value.write.file) : decltype(texts)::node_type();
    if (text.empty()) continue;
    if (text.mapped().size() > kLongestValue) return false;
    if (library.add_value_string(controller, text.key().c_str(), text.mapped().c_str()) != 0) return false;
  }
  return true;
}

bool make_one(const LibcgroupCalls& library, const std::string& name, const std::vector<NamedPlace>& places,
              const std::vector<GroupValue>& values) {
  auto release = [&library](::cgroup* group) { library.free(&group); };
  const std::unique_ptr<::cgroup, decltype(release)> group(library.new_cgroup(name.c_str()), release);
  if (!group) return false;
  for (const NamedPlace& named : places) {
    ::cgroup_controller* const controller = library.add_controller(group.get(), named.controller);
    if (controller == nullptr) return false;
    if (named.values != nullptr && !add_values(library, controller, values, *named.values)) return false;
  }
  constexpr int ignore_ownership = 1;  // the directories are ours
  return library.create_cgroup(group.get(), ignore_ownership) == 0;
}

}  // namespace

const LibcgroupCalls* libcgroup() {
  static const LibcgroupCalls* const loaded = load();
  return loaded;
}

bool make_with(const LibcgroupCalls& library, const CgroupPlaces& group,
               const std::vector<GroupValue>& values) {
  // The library names a group by its path below where the hierarchy is mounted, which is the same in all
  // hierarchies unless this process is in different groups of them.
  std::map<std::string, std::vector<NamedPlace>> by_name;
  for (const NamedPlace& named :
       {NamedPlace{"cpu", group.cpu, &kCpu}, NamedPlace{"memory", group.memory, &kMemory},
        NamedPlace{"blkio", group.io, &kIo}, NamedPlace{"pids", group.pids, &kPids},
        NamedPlace{"cpuacct", group.cpuacct, nullptr}, NamedPlace{"freezer", group.freezer, nullptr}}) {
    const ControllerPlace& place = named.place;
    if (!place.usable() || place.version != 1 || place.own.size() <= place.mount.size() + 1) continue;
    by_name[place.own.substr(place.mount.size() + 1)].push_back(named);
  }
  if (by_name.empty() || library.init() != 0) return false;
  bool all = true;
  for (const auto& [name, places] : by_name) all = make_one(library, name, places, values) && all;
  return all;
}

}  // namespace agent::host
