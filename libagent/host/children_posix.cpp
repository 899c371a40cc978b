#include "host/children.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <unordered_set>
#include <utility>

#include "agent/error.hpp"

namespace agent::host {
namespace {

// A tree that dies at once costs few looks at the process table; one that does not costs no more than
// every twentieth of a second one.
constexpr std::chrono::milliseconds kFirstPause{2};
constexpr std::chrono::milliseconds kLongestPause{50};
// A process can change its place in the tree while the table is read and then is in no tree at all. Nobody
// does so again and again, so that two looks without a finding are enough.
constexpr int kQuietLooks = 2;

// Pipes and sockets would otherwise take these numbers and be mistaken for standard streams.
void open_standard_descriptors() {
  int descriptor = 0;
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR);
  if (descriptor > STDERR_FILENO) ::close(descriptor);
}

// Otherwise nobody hears of a child that has ended.
void unblock_child_signal() {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_UNBLOCK, &child, nullptr);
}

// Whole groups at once: who is just forking cannot leave its child behind. Leaders of sessions come last:
// those in the foreground of their terminals are hung up on then.
bool signal_groups(std::vector<ProcessEntry> members, int number) {
  std::stable_partition(members.begin(), members.end(),
                        [](const ProcessEntry& member) { return member.pid != member.session; });
  std::unordered_set<int> groups;
  bool found = false;
  for (const ProcessEntry& member : members) {
    if (member.ended) continue;
    found = true;
    if (member.group > 1 && groups.insert(member.group).second) ::kill(-member.group, number);
  }
  return found;
}

}  // namespace

Children::Children(asio::any_io_executor executor)
    : executor_(std::move(executor)),
      signals_(executor_, SIGCHLD),
      sweep_timer_(executor_),
      own_pid_(::getpid()) {
  open_standard_descriptors();
  unblock_child_signal();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // a kernel before 3.4: orphans go to init and are found by nothing
}

void Children::start() { wait_for_signal(); }

std::string Children::next_mark() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("LIBAGENT_TASK={:x}-{:x}-{:x}", own_pid_, now.count(), ++marks_);
}

void Children::watch_command(const ProcessTree& tree, Ended ended) {
  running_.insert_or_assign(tree.root, tree);
  watch(tree.root, std::move(ended));
}

void Children::forget(int pid) {
  const auto place = watched_.find(pid);
  if (place != watched_.end()) place->second = nullptr;
}

void Children::wait_for_signal() {
  signals_.async_wait([weak = weak_from_this()](asio::error_code failed, int) {
    const auto self = weak.lock();
    if (!self || failed || self->stopped_) return;
    self->wait_for_signal();  // before looking: who ends from now on is told again
    self->collect();
  });
}

void Children::collect() {
  while (collect_next()) continue;
}

// Looks before it takes, because the next one may be somebody else's to wait for.
bool Children::collect_next() {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == EINTR;
  if (info.si_pid == 0) return false;
  if (is_mine(info.si_pid)) {
    finish(info.si_pid);
    return true;
  }
  collect_from_table();  // it stands in the way of all others
  return false;
}

void Children::collect_from_table() {
  for (const ProcessEntry& entry : read_process_table()) {
    if (entry.parent == own_pid_ && entry.ended && is_mine(entry.pid)) finish(entry.pid);
  }
}

// An orphan of ours is in a session that we have not made ourselves the leader of.
bool Children::is_mine(int pid) const { return watched_.contains(pid) || ::getsid(pid) != ::getsid(0); }

void Children::finish(int pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return;
  running_.erase(pid);
  const auto place = watched_.find(pid);
  if (place == watched_.end()) return;
  const Ended ended = std::move(place->second);
  watched_.erase(place);
  if (ended) ended(status);
}

std::vector<ProcessEntry> Children::members(const ProcessTree& tree,
                                            const std::vector<ProcessEntry>& table) const {
  return members_of(tree, table, own_pid_, [this](int pid, const std::string& mark) {
    return !watched_.contains(pid) && has_in_environment(pid, mark);  // the root of another tree is not ours
  });
}

void Children::signal(const ProcessTree& tree, int number) {
  signal_groups(members(tree, read_process_table()), number);
}

void Children::kill(ProcessTree tree, Gone gone) {
  if (stopped_) return gone(true);
  condemned_.push_back({std::move(tree), std::move(gone), Clock::now() + kKillLimit});
  sweep_pause_ = kFirstPause;
  sweep();
}

void Children::sweep() {
  const std::vector<ProcessEntry> table = read_process_table();
  std::vector<Condemned> pending = std::exchange(condemned_, {});
  std::vector<std::pair<Gone, bool>> over;
  collect();
  for (Condemned& condemned : pending) {
    if (is_over(condemned, table)) {
      over.emplace_back(std::move(condemned.gone), condemned.quiet_looks == kQuietLooks);
    } else {
      condemned_.push_back(std::move(condemned));
    }
  }
  if (!condemned_.empty()) sweep_later();
  for (const auto& [gone, all] : over) gone(all);
}

bool Children::is_over(Condemned& condemned, const std::vector<ProcessEntry>& table) {
  const bool found = signal_groups(members(condemned.tree, table), SIGKILL);
  condemned.quiet_looks = found ? 0 : condemned.quiet_looks + 1;
  return condemned.quiet_looks == kQuietLooks || Clock::now() >= condemned.limit;
}

void Children::sweep_later() {
  sweep_timer_.expires_after(sweep_pause_);
  sweep_pause_ = std::min(2 * sweep_pause_, kLongestPause);
  sweep_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed && !self->stopped_) self->sweep();
  });
}

// Those that somebody has begun to kill, too.
std::vector<ProcessTree> Children::running_commands() const {
  std::vector<ProcessTree> trees;
  for (const auto& [root, tree] : running_) trees.push_back(tree);
  for (const Condemned& condemned : condemned_) trees.push_back(condemned.tree);
  return trees;
}

// False when there are none.
bool Children::kill_members(const std::vector<ProcessTree>& trees) {
  const std::vector<ProcessEntry> table = read_process_table();
  bool found = false;
  for (const ProcessTree& tree : trees) found = signal_groups(members(tree, table), SIGKILL) || found;
  return found;
}

void Children::stop() {
  if (std::exchange(stopped_, true)) return;
  signals_.cancel();
  sweep_timer_.cancel();
  collect();  // who has ended by itself leaves behind what it wants
  const std::vector<ProcessTree> trees = running_commands();
  int quiet_looks = 0;
  const Clock::time_point limit = Clock::now() + kKillLimit;
  for (std::chrono::milliseconds pause = kFirstPause; Clock::now() < limit;
       pause = std::min(2 * pause, kLongestPause)) {
    quiet_looks = kill_members(trees) ? 0 : quiet_looks + 1;
    collect();
    if (quiet_looks == kQuietLooks) break;
    std::this_thread::sleep_for(pause);
  }
  for (Condemned& condemned : std::exchange(condemned_, {})) condemned.gone(quiet_looks == kQuietLooks);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace agent::host
