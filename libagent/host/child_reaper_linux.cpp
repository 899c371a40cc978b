#include "host/child_reaper.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/this_coro.hpp>
#include <cerrno>
#include <thread>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "host/limits/agent_groups.hpp"
#include "host/limits/command_group.hpp"
#include "host/process_table.hpp"

namespace agent {
namespace {

// A tree that dies at once costs few looks at the process table; one that does not costs no more than
// every twentieth of a second one.
constexpr std::chrono::milliseconds kFirstPause{2};
constexpr std::chrono::milliseconds kLongestPause{50};
// A group is busy for a moment after its last process has ended. One that stays so has groups of somebody
// else in it.
constexpr std::chrono::milliseconds kLongestBusyPause{1000};
// What getrusage(2) calls a block, and a kilobyte.
constexpr std::uint64_t kBlock = 512;
constexpr std::uint64_t kKilobyte = 1024;
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

host::ChildEnd end_of(int wait_status, const rusage& used) {
  const auto count = [](long value, std::uint64_t unit) { return static_cast<std::uint64_t>(value) * unit; };
  return {
      .code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1,
      .signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0,
      .usage = {.largest_process = Bytes{count(used.ru_maxrss, kKilobyte)},
                .io = {.read = count(used.ru_inblock, kBlock), .written = count(used.ru_oublock, kBlock)}}};
}

// limit.* is configured. The state of "tasks" is also told once a command has asked for a group.
bool has_limits(const Limits* limits) {
  if (limits == nullptr) return false;
  const std::vector<LimitState> states = limits->states();
  return std::any_of(states.begin(), states.end(),
                     [](const LimitState& state) { return state.configured && state.kind != "tasks"; });
}

}  // namespace

ChildReaper::~ChildReaper() { stop(); }

Task<> ChildReaper::start(std::shared_ptr<Limits> limits) {
  auto executor = co_await asio::this_coro::executor;
  if (stopped_) throw State::about_to_end();
  if (state_) co_return;
  state_ = std::make_shared<State>(std::move(executor), std::move(limits));
  state_->start();
}

void ChildReaper::stop() {
  stopped_ = true;
  if (const auto state = std::exchange(state_, nullptr)) state->stop();
}

const std::shared_ptr<ChildReaper::State>& ChildReaper::running() const {
  if (stopped_) throw State::about_to_end();
  if (!state_) throw Error(Errc::cancelled, "start: the reaper has not been started");
  return state_;
}

ChildReaper::State::State(asio::any_io_executor executor, std::shared_ptr<Limits> limits)
    : executor_(std::move(executor)),
      limits_(std::move(limits)),
      confined_(has_limits(limits_.get())),
      signals_(executor_, SIGCHLD),
      sweep_timer_(executor_),
      groups_([this](int pid) { return watched_.contains(pid); }),
      busy_timer_(executor_),
      busy_pause_(kFirstPause),
      beside_(executor_) {
  open_standard_descriptors();
  unblock_child_signal();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // a kernel before 3.4: orphans go to init and are found by nothing
}

void ChildReaper::State::start() { wait_for_signal(); }

bool ChildReaper::State::lacks_groups(const CommandLimits& limits, bool measured) const {
  return limits_ && (limits.any() || measured) && !limits_->has_places();
}

void ChildReaper::State::make_groups(std::function<void()> done) {
  Limits::Making making = limits_->make_places();
  auto end = [self = shared_from_this(), use = std::move(making.use), done = std::move(done)] {
    use();
    done();
  };
  beside_.run(std::move(making.work), std::move(end));
}

std::shared_ptr<host::ProcessGroup> ChildReaper::State::choose_group(std::string mark,
                                                                     const CommandLimits& limits,
                                                                     bool measured) {
  if (limits.any()) return std::make_shared<host::CommandGroup>(limits_, limits, std::move(mark));
  if (limits_ && (confined_ || measured))
    if (auto group = try_control_group(mark)) return group;
  return groups_.make(std::move(mark));
}

std::shared_ptr<host::ProcessGroup> ChildReaper::State::try_control_group(const std::string& mark) {
  try {
    return std::make_shared<host::CommandGroup>(limits_, CommandLimits(), mark);
  } catch (const Error& error) {
    say_unconfined(error);
    return nullptr;
  }
}

std::shared_ptr<host::ProcessGroup> ChildReaper::State::other_group(const std::string& mark,
                                                                    const CommandLimits& limits,
                                                                    const Error& error) {
  if (limits.any()) throw Error(error);
  say_unconfined(error);
  return groups_.make(mark);
}

void ChildReaper::State::say_unconfined(const Error& error) {
  if (confined_ && std::exchange(last_problem_, error.what()) != error.what())
    log::warn("commands run in the group of the agent: {}", error.what());
}

void ChildReaper::State::start_beside(std::function<void()> work, std::function<void()> done) {
  ++starting_;
  auto end = [this, self = shared_from_this(), done = std::move(done)] {
    done();
    --starting_;
    collect();
  };
  beside_.run(std::move(work), std::move(end));
}

Error ChildReaper::State::about_to_end() { return Error(Errc::cancelled, kAboutToEnd); }

std::string ChildReaper::State::oom_score() const {
  const std::optional<int> score = limits_ ? limits_->oom_score_of_commands() : std::nullopt;
  return score ? std::to_string(*score) : "";
}

void ChildReaper::State::let_go(std::shared_ptr<host::ProcessGroup> group) {
  if (stopped_ || !group->is_slow()) {
    group->let_go();
  } else {
    remove_beside({std::move(group)});
  }
}

void ChildReaper::State::remove_beside(std::vector<std::shared_ptr<host::ProcessGroup>> groups) {
  const auto left = std::make_shared<decltype(groups)>(std::move(groups));
  auto work = [left] { std::erase_if(*left, [](const auto& group) { return group->let_go(); }); };
  beside_.run(std::move(work), [this, self = shared_from_this(), left] { on_busy(*left); });
}

void ChildReaper::State::on_busy(const std::vector<std::shared_ptr<host::ProcessGroup>>& groups) {
  busy_.insert(busy_.end(), groups.begin(), groups.end());
  if (busy_.empty()) {
    busy_pause_ = kFirstPause;
  } else if (!stopped_ && !busy_waits_) {
    let_go_later();
  }
}

void ChildReaper::State::let_go_later() {
  busy_waits_ = true;
  busy_timer_.expires_after(busy_pause_);
  busy_pause_ = std::min(2 * busy_pause_, kLongestBusyPause);
  busy_timer_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (!self || failed || self->stopped_) return;
    self->busy_waits_ = false;
    self->remove_beside(std::exchange(self->busy_, {}));
  });
}

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

// An orphan of ours is in a session that we have not made ourselves the leader of. So is a command that has
// ended before its start was told.
bool ChildReaper::State::is_mine(int pid) const {
  return watched_.contains(pid) || (starting_ == 0 && ::getsid(pid) != ::getsid(0));
}

void ChildReaper::State::finish(int pid) {
  int status = 0;
  rusage used{};
  if (::wait4(pid, &status, WNOHANG, &used) != pid) return;
  if (const auto command = running_.extract(pid)) command.mapped()->first_collected();
  const auto place = watched_.find(pid);
  if (place == watched_.end()) return;
  const Ended ended = std::move(place->second);
  watched_.erase(place);
  if (ended) ended(end_of(status, used));
}

void ChildReaper::State::kill(std::shared_ptr<host::ProcessGroup> group, Gone gone) {
  if (stopped_) return gone(true);
  condemned_.push_back({std::move(group), std::move(gone), Clock::now() + kKillLimit});
  sweep_pause_ = kFirstPause;
  sweep();
}

void ChildReaper::State::sweep() {
  if (std::any_of(condemned_.begin(), condemned_.end(),
                  [](const Condemned& condemned) { return condemned.group->is_scanned(); }))
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
  for (const Condemned& condemned : over) {
    condemned.gone(condemned.group->gone());
    let_go(condemned.group);
  }
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
  if (std::any_of(groups.begin(), groups.end(), [](const auto& group) { return group->is_scanned(); }))
    groups_.look();
  for (const auto& group : groups) group->kill();
  return std::all_of(groups.begin(), groups.end(), [](const auto& group) { return group->gone(); });
}

// What is still busy then is removed at the next start.
void ChildReaper::State::let_go_of_all(const Groups& groups, Clock::time_point limit) {
  std::vector<std::shared_ptr<host::ProcessGroup>> all = std::exchange(busy_, {});
  all.insert(all.end(), groups.begin(), groups.end());
  for (;;) {
    std::erase_if(all, [](const auto& group) { return group->let_go(); });
    if (all.empty() || Clock::now() >= limit) return;
    std::this_thread::sleep_for(kFirstPause);
  }
}

void ChildReaper::State::stop() {
  if (stopped_.exchange(true)) return;
  signals_.cancel();
  sweep_timer_.cancel();
  busy_timer_.cancel();
  beside_.finish();
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
  let_go_of_all(groups, limit);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

}  // namespace agent
