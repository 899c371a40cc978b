#include "host/child_reaper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/this_coro.hpp>
#include <cerrno>
#include <thread>
#include <utility>

#include "agent/error.hpp"
#include "host/process_table.hpp"

namespace agent {
namespace {

// A tree that dies at once costs few looks at the process table; one that does not costs no more than
// every twentieth of a second one.
constexpr std::chrono::milliseconds kFirstPause{2};
constexpr std::chrono::milliseconds kLongestPause{50};
constexpr const char* kAboutToEnd = "start: this program is about to end";

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

host::ChildEnd end_of(int wait_status) {
  return {.code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1,
          .signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0};
}

}  // namespace

ChildReaper::~ChildReaper() { stop(); }

Task<> ChildReaper::start(std::shared_ptr<Limits> limits) {
  auto executor = co_await asio::this_coro::executor;
  if (stopped_) throw Error(Errc::cancelled, kAboutToEnd);
  if (state_) co_return;
  state_ = std::make_shared<State>(std::move(executor), std::move(limits));
  state_->start();
}

void ChildReaper::stop() {
  stopped_ = true;
  if (const auto state = std::exchange(state_, nullptr)) state->stop();
}

const std::shared_ptr<ChildReaper::State>& ChildReaper::running() const {
  if (stopped_) throw Error(Errc::cancelled, kAboutToEnd);
  if (!state_) throw Error(Errc::cancelled, "start: the reaper has not been started");
  return state_;
}

ChildReaper::State::State(asio::any_io_executor executor, std::shared_ptr<Limits> limits)
    : executor_(std::move(executor)),
      limits_(std::move(limits)),
      signals_(executor_, SIGCHLD),
      sweep_timer_(executor_),
      groups_([this](int pid) { return watched_.contains(pid); }) {
  open_standard_descriptors();
  unblock_child_signal();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // a kernel before 3.4: orphans go to init and are found by nothing
}

void ChildReaper::State::start() { wait_for_signal(); }

void ChildReaper::State::watch_command(int pid, std::shared_ptr<host::ProcessGroup> group, Ended ended) {
  running_.insert_or_assign(pid, std::move(group));
  watch(pid, std::move(ended));
}

void ChildReaper::State::forget(int pid) {
  const auto place = watched_.find(pid);
  if (place != watched_.end()) place->second = nullptr;
}

void ChildReaper::State::wait_for_signal() {
  signals_.async_wait([weak = weak_from_this()](asio::error_code failed, int) {
    const auto self = weak.lock();
    if (!self || failed || self->stopped_) return;
    self->wait_for_signal();  // before looking: who ends from now on is told again
    self->collect();
  });
}

void ChildReaper::State::collect() {
  while (collect_next()) continue;
}

// Looks before it takes, because the next one may be somebody else's to wait for.
bool ChildReaper::State::collect_next() {
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

void ChildReaper::State::collect_from_table() {
  const int own_pid = ::getpid();
  for (const host::ProcessEntry& entry : host::read_process_table()) {
    if (entry.parent == own_pid && entry.ended && is_mine(entry.pid)) finish(entry.pid);
  }
}

// An orphan of ours is in a session that we have not made ourselves the leader of.
bool ChildReaper::State::is_mine(int pid) const {
  return watched_.contains(pid) || ::getsid(pid) != ::getsid(0);
}

void ChildReaper::State::finish(int pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) != pid) return;
  running_.erase(pid);
  const auto place = watched_.find(pid);
  if (place == watched_.end()) return;
  const Ended ended = std::move(place->second);
  watched_.erase(place);
  if (ended) ended(end_of(status));
}

void ChildReaper::State::kill(std::shared_ptr<host::ProcessGroup> group, Gone gone) {
  if (stopped_) return gone(true);
  condemned_.push_back({std::move(group), std::move(gone), Clock::now() + kKillLimit});
  sweep_pause_ = kFirstPause;
  sweep();
}

void ChildReaper::State::sweep() {
  groups_.look();
  std::vector<Condemned> pending = std::exchange(condemned_, {});
  std::vector<Condemned> over;
  collect();
  for (Condemned& condemned : pending) {
    condemned.group->kill();
    const bool is_over = condemned.group->gone() || Clock::now() >= condemned.limit;
    (is_over ? over : condemned_).push_back(std::move(condemned));
  }
  if (!condemned_.empty()) sweep_later();
  for (const Condemned& condemned : over) condemned.gone(condemned.group->gone());
}

void ChildReaper::State::sweep_later() {
  sweep_timer_.expires_after(sweep_pause_);
  sweep_pause_ = std::min(2 * sweep_pause_, kLongestPause);
  sweep_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed && !self->stopped_) self->sweep();
  });
}

// Those that somebody has begun to kill, too; each once.
ChildReaper::State::Groups ChildReaper::State::groups_of_commands() const {
  Groups groups;
  for (const auto& [pid, group] : running_) groups.insert(group);
  for (const Condemned& condemned : condemned_) groups.insert(condemned.group);
  return groups;
}

// Whether all are gone.
bool ChildReaper::State::kill_all(const Groups& groups) {
  groups_.look();
  for (const auto& group : groups) group->kill();
  return std::all_of(groups.begin(), groups.end(), [](const auto& group) { return group->gone(); });
}

void ChildReaper::State::stop() {
  if (std::exchange(stopped_, true)) return;
  signals_.cancel();
  sweep_timer_.cancel();
  collect();  // who has ended by itself leaves behind what it wants
  const Groups groups = groups_of_commands();
  const Clock::time_point limit = Clock::now() + kKillLimit;
  for (std::chrono::milliseconds pause = kFirstPause; Clock::now() < limit;
       pause = std::min(2 * pause, kLongestPause)) {
    const bool gone = kill_all(groups);
    collect();
    if (gone) break;
    std::this_thread::sleep_for(pause);
  }
  for (Condemned& condemned : std::exchange(condemned_, {})) condemned.gone(condemned.group->gone());
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace agent
