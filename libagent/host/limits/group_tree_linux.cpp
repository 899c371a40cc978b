#include "host/limits/group_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "host/command_mark.hpp"
#include "host/limits/cgroup_start.hpp"
#include "host/proc_text.hpp"
#include "host/process_table.hpp"
#include "host/process_tree.hpp"

namespace agent::host {
namespace {

namespace fs = std::filesystem;

// A process that forks while it is moved shows at the next look.
constexpr int kLooks = 20;
// Another agent that ends at this moment removes the directories above, which they share.
constexpr int kMakeAttempts = 5;
// A second in all: on a busy machine the command of an agent that was killed may take that long until its
// exec.
constexpr int kLockAttempts = 200;
constexpr useconds_t kLockPause = 5000;  // µs
// Each group of v1 has a file `tasks`.
constexpr const char* kV1Tasks = "commands";

bool write_text(const std::string& path, const std::string& text) {
  const FileHandle file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.is_open() && file.write_some(text) == text.size();
}

std::vector<std::string> groups_in(const std::string& directory) {
  std::vector<std::string> groups;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed))
    if (entry.is_directory(failed)) groups.push_back(entry.path().string());
  return groups;
}

void move_all(const std::string& from, const std::string& to) {
  for (int look = 0; look < kLooks; ++look) {
    const std::vector<int> pids = processes_in(from);
    if (pids.empty()) return;
    for (const int pid : pids) write_text(to + "/cgroup.procs", fmt::to_string(pid));
  }
}

// Those that this process has started, and those that commands of an agent before have left.
void move_ours(const std::string& from, const std::string& to) {
  const std::vector<int> pids = processes_in(from);
  if (pids.empty()) return;
  std::unordered_set<int> started;
  for (const ProcessEntry& entry : descendants_of(read_process_table(), ::getpid()))
    started.insert(entry.pid);
  for (const int pid : pids)
    if (started.contains(pid) || was_left_behind(pid)) write_text(to + "/cgroup.procs", fmt::to_string(pid));
}

// Everything below `from`, groups that commands have made themselves included.
void adopt_below(const std::string& from, const std::string& to) {
  for (const std::string& group : groups_in(from)) {
    adopt_below(group, to);
    move_all(group, to);
    ::rmdir(group.c_str());
  }
}

// Some are gone where an agent has ended: systemd removes those that are empty when it stops the unit.
bool is_ours(const std::string& directory) {
  for (const char* group : {"/agent", "/left", "/tasks"})
    if (fs::is_directory(directory + group)) return true;
  return fs::is_directory(directory + "/" + kV1Tasks);
}

// A group that was there: one of ours, or an empty one.
void check_ours(const ControlGroup& group) {
  for (const std::string& directory : group.directories()) {
    std::vector<int> pids = processes_in(directory);
    std::erase_if(pids, is_of_command);  // also one that has moved itself
    if (!pids.empty())
      throw Error(Errc::refused,
                  fmt::format("the group {} holds processes that are not the agent's (pid {}): end "
                              "them, or give the agent another name",
                              directory, list_pids(pids)));
    if (!is_ours(directory) && !groups_in(directory).empty())
      throw Error(Errc::refused, fmt::format("the group {} is not the agent's: it holds {}", directory,
                                             groups_in(directory).front()));
  }
}

// The lock of a directory that nobody has removed meanwhile; nothing when another process has it.
std::optional<FileHandle> lock_of(const std::string& directory) {
  FileHandle lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat locked {};
  struct stat there {};
  if (!lock.is_open() || ::flock(lock.descriptor(), LOCK_EX | LOCK_NB) != 0) return {};
  if (::fstat(lock.descriptor(), &locked) != 0 || ::stat(directory.c_str(), &there) != 0) return {};
  if (locked.st_ino != there.st_ino) return {};
  return lock;
}

bool patiently(ControlGroup& group, bool (ControlGroup::*make)()) {
  for (int attempt = 1;; ++attempt) {
    try {
      return (group.*make)();
    } catch (const Error&) {
      if (attempt == kMakeAttempts) throw;
    }
  }
}

// A group of which no agent lives.
struct Claim {
  FileHandle lock;
  bool is_new = false;
};

// Nothing: its agent lives. A child that an agent was just starting when it was killed holds the lock until
// its exec, and another agent for as long as it takes over what was left.
std::optional<Claim> try_claim(ControlGroup& group) {
  const std::string& directory = group.directories().front();
  for (int attempt = 1;; ++attempt) {
    const bool is_new = patiently(group, &ControlGroup::make_first);
    if (std::optional<FileHandle> lock = lock_of(directory)) return Claim{std::move(*lock), is_new};
    if (attempt == kLockAttempts || !processes_in(directory + "/agent").empty()) return {};
    ::usleep(kLockPause);
  }
}

ControlGroup numbered_bound(const CgroupPlaces& start, const std::string& name, int number) {
  return ControlGroup(bound_below(start, number == 1 ? name : fmt::format("{}.{}", name, number)));
}

bool is_there(const ControlGroup& group) {
  return std::ranges::any_of(group.directories(),
                             [](const std::string& directory) { return fs::exists(directory); });
}

std::string v2_own(const CgroupPlaces& places) {
  for (const ControllerPlace* place : places.all())
    if (place->version == 2 && place->usable()) return place->own;
  return "";
}

std::vector<std::string> v2_controllers(const CgroupPlaces& places) {
  std::vector<std::string> names;
  auto add = [&names](const ControllerPlace& place, const char* name) {
    if (place.version == 2 && place.usable()) names.emplace_back(name);
  };
  add(places.cpu, "cpu");
  add(places.memory, "memory");
  add(places.io, "io");
  add(places.pids, "pids");
  return names;
}

// Whether a list like "cpu io memory" has the word.
bool lists(const std::string& list, const std::string& word) {
  return (" " + std::string(first_line(list)) + " ").find(" " + word + " ") != std::string::npos;
}

// The first reason why nothing can be used.
void require_some(const CgroupPlaces& places) {
  for (const Controller controller : {Controller::cpu, Controller::memory, Controller::pids, Controller::io})
    if (places.of(controller).usable()) return;
  throw Error(Errc::refused, std::string(explain(places.memory.problem)));
}

void remove_above(const ControlGroup& bound) {
  for (const std::string& directory : bound.directories()) {
    const fs::path above = fs::path(directory).parent_path();
    if (above.filename() != "agent" || above.parent_path().filename() != "jkstack") continue;
    if (::rmdir(above.c_str()) == 0) ::rmdir(above.parent_path().c_str());
  }
}

}  // namespace

GroupTree::GroupTree(const std::string& name, CgroupPlaces start, bool share_disks,
                     const MakeGroup& make_bound)
    : from_(own_places()),
      start_(std::move(start)),
      bound_(CgroupPlaces()),
      agent_(CgroupPlaces()),
      tasks_(CgroupPlaces()),
      left_(CgroupPlaces()) {
  require_some(start_);
  try {
    claim(name, make_bound);
    make(share_disks);
    adopt_other_bounds(name);
  } catch (const Error& error) {
    remove();
    throw Error(Errc::refused, std::string(error.text()));
  } catch (const fs::filesystem_error& error) {  // a directory that somebody removes while it is read
    remove();
    throw Error(Errc::refused, error.what());
  }
}

GroupTree::~GroupTree() { remove(); }

// The lock comes before all else: whoever has it may write values.
void GroupTree::claim(const std::string& name, const MakeGroup& make_bound) {
  for (int number = 1; number <= kMostOfOneName; ++number) {
    ControlGroup group = numbered_bound(start_, name, number);
    std::optional<Claim> claim = try_claim(group);
    if (!claim) continue;
    if (!claim->is_new) check_ours(group);
    bound_ = std::move(group);
    lock_ = std::move(claim->lock);
    was_there_ = !claim->is_new;
    if (claim->is_new && make_bound) make_bound(bound_.places());
    patiently(bound_, &ControlGroup::make);
    return;
  }
  throw Error(Errc::refused, fmt::format("{} agents of this name have groups already", kMostOfOneName));
}

void GroupTree::make(bool share_disks) {
  // Kernels before 5.11 do not bind children of a v1 group without it, and cannot change it later.
  if (bound_.places().memory.version == 1 &&
      first_line(bound_.read(Controller::memory, "memory.use_hierarchy")) == "0")
    bound_.set(Controller::memory, {{"memory.use_hierarchy", "1"}});
  CgroupPlaces inner = bound_.places();
  inner.io.shared = share_disks && inner.io.version == 1;
  agent_ = ControlGroup(inner.below("agent"));
  tasks_ = ControlGroup(inner.below(kV1Tasks, "tasks"));
  left_ = ControlGroup(inner.below("left"));
  for (ControlGroup* group : {&left_, &tasks_, &agent_}) group->make();
  adopt_leftovers();
  agent_.add(::getpid());
  pass_on();
}

// What was left by an agent that was killed.
void GroupTree::adopt_leftovers() const {
  for (std::size_t i = 0; i < left_.directories().size(); ++i) {
    const std::string& left = left_.directories()[i];
    adopt_below(tasks_.directories()[i], left);
    move_all(tasks_.directories()[i], left);
    move_all(agent_.directories()[i], left);
  }
  if (!was_there_) return;
  const ControllerPlace& disks = agent_.places().io;
  if (disks.shared) adopt_below(disks.own, disks.own);
  for (const std::string& directory : bound_.directories())
    if (const std::string left = left_below(directory); left != directory) move_all(directory, left);
}

// Where what was left in a directory of a bound lives on: in `left` of ours, or beside us where it has none.
std::string GroupTree::left_below(const std::string& bound) const {
  const ControllerPlace& disks = agent_.places().io;
  return disks.shared && bound == disks.own ? bound : bound + "/left";
}

// Other agents of this name that ran beside one another and were killed. One whose agent lives, or that is
// not an agent's, stays as it is: this agent does not need it.
void GroupTree::adopt_other_bounds(const std::string& name) const {
  for (int number = 1; number <= kMostOfOneName; ++number) {
    ControlGroup other = numbered_bound(start_, name, number);
    if (other.directories() == bound_.directories() || !is_there(other)) continue;
    try {
      check_ours(other);
      const std::optional<Claim> claim = try_claim(other);
      if (claim) adopt_bound(other);
    } catch (const Error& error) {
      log::debug("limits: {}", error.what());
    }
  }
}

void GroupTree::adopt_bound(ControlGroup& other) const {
  for (std::size_t i = 0; i < other.directories().size(); ++i) {
    const std::string left = left_below(bound_.directories()[i]);
    adopt_below(other.directories()[i], left);
    move_all(other.directories()[i], left);
  }
  other.remove();
}

bool GroupTree::moves_own_group() const {
  const std::string start = v2_own(start_);
  return !start.empty() && start == v2_own(from_) && ::access((start + "/cgroup.type").c_str(), F_OK) == 0;
}

std::vector<std::string> GroupTree::passing_groups() const {
  if (v2_controllers(start_).empty()) return {};
  return {v2_own(start_), v2_own(bound_.places()), v2_own(tasks_.places())};
}

// v2: a group with processes cannot pass controllers on. Commands that were started before there were groups
// are below us in the own group.
void GroupTree::pass_on() const {
  if (moves_own_group()) move_ours(v2_own(start_), v2_own(left_.places()));
  for (const std::string& group : passing_groups()) {
    for (const std::string& controller : v2_controllers(start_)) {
      const std::string path = group + "/cgroup.subtree_control";
      if (lists(read_text(path), controller)) continue;
      if (!write_text(path, "+" + controller))
        throw system_error(fmt::format("write +{} to {}", controller, path), errno);
    }
  }
}

void GroupTree::take_back() const {
  const std::vector<std::string> groups = passing_groups();
  for (auto group = groups.rbegin(); group != groups.rend(); ++group)
    for (const std::string& controller : v2_controllers(start_))
      write_text(*group + "/cgroup.subtree_control", "-" + controller);
}

std::string GroupTree::change() const {
  const CgroupPlaces now = own_places();
  const auto here = now.all();
  const auto wanted = agent_.places().all();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]->usable() && here[i]->own != wanted[i]->own)
      return fmt::format("the agent was moved from {} to {}", wanted[i]->own, here[i]->own);
  }
  for (const std::string& group : passing_groups())
    for (const std::string& controller : v2_controllers(start_))
      if (!lists(read_text(group + "/cgroup.subtree_control"), controller))
        return fmt::format("{} does not pass {} on any more", group, controller);
  return "";
}

void GroupTree::restore() {
  agent_.add(::getpid());
  pass_on();
}

void GroupTree::leave() const {
  for (const std::string& entrance : ControlGroup(from_).entrances())
    write_text(entrance, fmt::to_string(::getpid()));
}

void GroupTree::remove() {
  if (std::exchange(removed_, true)) return;
  if (!left_.directories().empty()) {
    for (std::size_t i = 0; i < left_.directories().size(); ++i)
      adopt_below(tasks_.directories()[i], left_.directories()[i]);
    // systemd starts the next agent in the unit's group, which holds no process while it passes controllers
    // on. What lives in `left` is without the bound until then.
    if (moves_own_group()) take_back();
    leave();
    for (ControlGroup* group : {&agent_, &tasks_, &left_}) group->remove();
  }
  if (bound_.remove()) remove_above(bound_);
  lock_.close();  // another agent that had it before would make its groups in directories that we remove
}

}  // namespace agent::host
