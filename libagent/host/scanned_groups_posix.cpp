#include "host/scanned_groups.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>
#include <vector>

#include "host/process_tree.hpp"

namespace agent::host {
namespace {

// A process can change its place in the tree while the table is read and then is in no tree at all. Nobody
// does so again and again, so that two looks without a finding are enough.
constexpr int kQuietLooks = 2;

using Numbers = std::unordered_set<int>;

// Whole groups at once: a process that is just forking cannot leave its child behind. Leaders of sessions
// come last: those in the foreground of their terminals are hung up on then. Returns the groups' numbers.
Numbers signal_groups(std::vector<ProcessEntry> members, int number) {
  std::stable_partition(members.begin(), members.end(),
                        [](const ProcessEntry& member) { return member.pid != member.session; });
  Numbers groups;
  for (const ProcessEntry& member : members) {
    if (!member.ended && member.group > 1 && groups.insert(member.group).second)
      ::kill(-member.group, number);
  }
  return groups;
}

}  // namespace

struct ScannedGroups::Look {
  std::vector<ProcessEntry> members(const ProcessTree& tree) const {
    return members_of(tree, table, own_pid, [this](int pid, const std::string& mark) {
      return !is_started(pid) && has_in_environment(pid, mark);  // the root of another tree is not ours
    });
  }

  void again() { table = read(); }

  IsStarted is_started;
  Read read;
  int own_pid = 0;
  std::vector<ProcessEntry> table;
};

class ScannedGroups::Group : public ProcessGroup {
 public:
  Group(std::shared_ptr<Look> look, std::string mark) : look_(std::move(look)) {
    tree_.mark = std::move(mark);
  }

  const std::string& mark() const override { return tree_.mark; }

  void add(int pid, int session) override {
    tree_.root = pid;
    tree_.session = session;
  }

  void signal(int number) override {
    look_->again();
    const std::vector<ProcessEntry> members = look_->members(tree_);
    signal_groups(members, number);
    signal_groups(members, SIGCONT);
  }

  void kill() override {
    killed_.merge(signal_groups(look_->members(tree_), SIGKILL));
    quiet_looks_ = has_living() ? 0 : quiet_looks_ + 1;
  }

  bool gone() const override { return quiet_looks_ >= kQuietLooks; }
  bool is_scanned() const override { return true; }

 private:
  // A process that was killed lives on until the system has given it some time. Nothing may connect it with
  // the tree any more by then: its parents have ended, and it may have emptied its environment.
  bool has_living() const {
    return std::any_of(look_->table.begin(), look_->table.end(), [this](const ProcessEntry& entry) {
      return !entry.ended && killed_.contains(entry.group);
    });
  }

  std::shared_ptr<Look> look_;
  ProcessTree tree_;
  Numbers killed_;  // process groups
  int quiet_looks_ = 0;
};

ScannedGroups::ScannedGroups(IsStarted is_started, Read read) : look_(std::make_shared<Look>()) {
  look_->read = std::move(read);
  look_->is_started = std::move(is_started);
  look_->own_pid = ::getpid();
}

ScannedGroups::~ScannedGroups() = default;

std::string ScannedGroups::next_mark() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("LIBAGENT_TASK={:x}-{:x}-{:x}", look_->own_pid, now.count(), ++marks_);
}

std::shared_ptr<ProcessGroup> ScannedGroups::make(std::string mark) {
  return std::make_shared<Group>(look_, std::move(mark));
}

void ScannedGroups::look() { look_->again(); }

}  // namespace agent::host
