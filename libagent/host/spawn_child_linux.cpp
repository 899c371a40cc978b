#include "host/spawn_child.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "agent/error.hpp"
#include "base/file_handle.hpp"
#include "host/clone_into_group_linux.hpp"
#include "host/close_on_exec.hpp"
#include "host/environment.hpp"
#include "host/limits/control_group.hpp"
#include "host/limits/refused_fork.hpp"
#include "host/session_leader.hpp"
#include "host/signals_blocked_posix.hpp"

namespace agent::host {
namespace {

// What the child was doing when it failed.
enum class Step { fork, group, session, terminal, streams, workdir, user, exec };

struct Failure {
  Step step = Step::exec;
  int reason = 0;
};

constexpr std::size_t kStackAlignment = 16;

using Pointers = std::vector<char*>;

// Between vfork and exec the child borrows our memory, and after a fork in a program with threads any lock
// may be held for ever: everything that allocates is made before, and the child only calls the system.
struct Prepared {
  Pointers programs, argv, environment;
  const SpawnPlan* plan = nullptr;
  Failure* failure = nullptr;  // told by memory to a parent that shares it,
  int report = -1;             // and else by a pipe that the exec closes
  pid_t parent = -1;           // us
  bool born_inside = false;    // SpawnPlan::birthplace
};

Pointers pointers_to(const std::vector<std::string>& texts) {
  Pointers pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

Pointers environment_over_ours(const SpawnPlan& plan) {
  Pointers pointers;
  for (const char* entry : merge_environment(inherited_environment(), plan.environment))
    pointers.push_back(const_cast<char*>(entry));
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void fail(const Prepared& prepared, Step step) {
  *prepared.failure = {step, errno};
  // A report that cannot be written is missing: the parent sees a child that ended.
  if (prepared.report >= 0 && ::write(prepared.report, prepared.failure, sizeof(Failure)) < 0) ::_exit(126);
  ::_exit(127);
}

// Ignored signals stay ignored over an exec, and our handlers must not run in the child. Asks the kernel
// itself: the C library refuses its own two signals, which whoever started us may have ignored all the same.
void reset_signals() {
  const std::array<unsigned long, 4> standard{};  // the kernel's struct: SIG_DFL, no flags, empty mask
  const std::size_t mask_size = (NSIG - 1) / 8;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::syscall(SYS_rt_sigaction, signal, standard.data(), nullptr, mask_size);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool connect_streams(const SpawnPlan& plan) {
  return ::dup2(plan.input, STDIN_FILENO) >= 0 && ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.error, STDERR_FILENO) >= 0;
}

// While it still is who we are: another user may not write there.
bool enter_group(const Prepared& prepared) {
  const std::vector<int>& entrances = prepared.plan->group;
  const std::size_t count = entrances.size() - (prepared.born_inside ? 1 : 0);
  for (std::size_t i = 0; i < count; ++i)
    if (::write(entrances[i], "0", 1) < 0) return false;
  return true;
}

// One that shares our memory until its exec (vfork) has a score of its own all the same.
void set_oom_score(const std::string& score) {
  if (score.empty()) return;
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  // Without /proc nobody has changed ours.
  if (file < 0 || ::write(file, score.data(), score.size()) < 0) return;
  ::close(file);
}

// In the foreground of its terminal, whose session has another leader. Signals are blocked, so that the
// terminal obeys a process in the background.
bool take_terminal() {
  const pid_t own_group = ::getpid();
  return ::setpgid(0, 0) == 0 && ::ioctl(STDIN_FILENO, TIOCSPGRP, &own_group) == 0;
}

// A change of the user takes this back. Our parent may have ended before.
void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
}

// The first that can be run. If none can, a file that may not be run is a better reason than one that is
// missing.
void exec_first(const Prepared& prepared) {
  int reason = ENOENT;
  for (char* program : prepared.programs) {
    if (program == nullptr) break;
    ::execve(program, prepared.argv.data(), prepared.environment.data());
    if (errno != ENOENT && errno != ENOTDIR) reason = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  errno = reason;
}

[[noreturn]] void run_child(const Prepared& prepared) {
  const SpawnPlan& plan = *prepared.plan;
  if (!enter_group(prepared)) fail(prepared, Step::group);
  set_oom_score(plan.oom_score);
  if (!plan.terminal && ::setsid() < 0) fail(prepared, Step::session);
  if (!connect_streams(plan)) fail(prepared, Step::streams);
  if (plan.terminal && !take_terminal()) fail(prepared, Step::terminal);
  if (!plan.workdir.empty() && ::chdir(plan.workdir.c_str()) < 0) fail(prepared, Step::workdir);
  if (plan.user && !become(*plan.user)) fail(prepared, Step::user);
  end_with(prepared.parent);
  close_on_exec_from(STDERR_FILENO + 1);
  reset_signals();
  exec_first(prepared);
  fail(prepared, Step::exec);
}

int run_cloned_child(void* prepared) { run_child(*static_cast<const Prepared*>(prepared)); }

// 0: this system cannot do it, or not for this group. Entering it will tell why.
pid_t start_inside(Prepared& prepared, std::uint64_t flags, int exit_signal, std::byte* stack_end) {
  prepared.born_inside = true;
  const long pid =
      clone_into_group(prepared.plan->birthplace, flags, exit_signal, stack_end, run_cloned_child, &prepared);
  prepared.born_inside = pid > 0;
  return static_cast<pid_t>(std::max(pid, 0L));
}

// vfork does not copy the page tables: of a program with 8 MiB it costs half of what fork does, of one with
// 40 MiB a sixth. But a child that has become another user could be stopped by that user while we wait for
// it, and shares our right to be debugged, so then it is fork.
pid_t start_child(Prepared& prepared) {
  if (prepared.plan->birthplace >= 0) {
    const auto stack = std::make_unique_for_overwrite<std::byte[]>(kStackOfChild + kStackAlignment);
    std::byte* const end = stack.get() + kStackOfChild + kStackAlignment;
    const pid_t pid = start_inside(prepared, prepared.report < 0 ? CLONE_VM | CLONE_VFORK : 0, SIGCHLD,
                                   end - reinterpret_cast<std::uintptr_t>(end) % kStackAlignment);
    if (pid > 0) return pid;
  }
  const pid_t pid = prepared.report < 0 ? ::vfork() : ::fork();
  if (pid == 0) run_child(prepared);
  return pid;
}

// Within the leader: begins the session and makes the command, a child of ours, with which the leader shares
// our memory or not, as in start_child().
int begin_session(void* context, std::byte* stack) {
  auto& prepared = *static_cast<Prepared*>(context);
  if (::setsid() < 0) fail(prepared, Step::session);
  if (::ioctl(prepared.plan->input, TIOCSCTTY, 0) < 0) fail(prepared, Step::terminal);
  end_with(prepared.parent);
  const int sharing = prepared.plan->user ? 0 : CLONE_VM | CLONE_VFORK;
  if (prepared.plan->birthplace >= 0)
    if (const pid_t pid = start_inside(prepared, CLONE_PARENT | static_cast<unsigned>(sharing), 0, stack);
        pid > 0)
      return pid;
  const pid_t pid = ::clone(run_cloned_child, stack, CLONE_PARENT | SIGCHLD | sharing, &prepared);
  if (pid < 0) fail(prepared, Step::fork);
  return pid;
}

// Names the group that refused it: a unit's TasksMax, too.
std::string failed_fork(int reason) {
  if (reason == EAGAIN) {
    for (const PidsLevel& level : pids_levels(own_places().pids))
      if (level.limit && level.most >= *level.limit) return "fork: " + describe(level);
  }
  return "fork";
}

// Calls `start`, which returns a process id. Signals are blocked.
template <class Start>
pid_t start_process(Start start) {
  const pid_t pid = start();
  const int reason = errno;
  if (pid < 0) throw system_error(failed_fork(reason), reason);
  return pid;
}

std::string describe(const SpawnPlan& plan, const Failure& failure) {
  switch (failure.step) {
    case Step::fork: return failed_fork(failure.reason);
    case Step::group: return "enter the group of the command";
    case Step::session: return "setsid";
    case Step::terminal: return "set the controlling terminal";
    case Step::streams: return "connect standard input and output";
    case Step::workdir: return "chdir " + plan.workdir;
    case Step::user: return "become " + plan.user->name;
    case Step::exec: return "exec " + plan.argv.front();
  }
  return "start";
}

void collect(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

[[noreturn]] void throw_failure(const SpawnPlan& plan, const Failure& failure) {
  throw system_error(describe(plan, failure), failure.reason);
}

// Also waits until everyone has closed the report: the exec does it. Whoever fails before tells why.
template <class Start>
pid_t start_and_hear(Prepared& prepared, Start start) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) throw system_error("pipe", errno);
  const FileHandle report(ends[0]);
  auto told = std::make_unique<FileHandle>(ends[1]);
  prepared.report = ends[1];
  const pid_t pid = start_process(start);
  told.reset();
  Failure heard;
  while (::read(report.descriptor(), &heard, sizeof heard) == sizeof heard) *prepared.failure = heard;
  return pid;
}

Spawned spawn_on_terminal(Prepared& prepared) {
  auto leader = std::make_shared<SessionLeader>();
  leader->begin = begin_session;
  leader->context = &prepared;
  const pid_t session = start_and_hear(prepared, [&leader] { return start_leader(*leader); });
  if (prepared.failure->reason == 0 && leader->command > 0)
    return {.pid = leader->command, .session = session, .leader_memory = leader};
  ::kill(session, SIGKILL);
  collect(session);
  if (leader->command > 0) collect(leader->command);
  if (prepared.failure->reason != 0) throw_failure(*prepared.plan, *prepared.failure);
  throw Error(Errc::io, "start: the leader of the terminal's session was killed");
}

Spawned spawn_without_terminal(Prepared& prepared) {
  auto start = [&prepared] { return start_child(prepared); };
  const pid_t pid = prepared.plan->user ? start_and_hear(prepared, start) : start_process(start);
  if (prepared.failure->reason == 0) return {.pid = pid, .session = pid};
  collect(pid);
  throw_failure(*prepared.plan, *prepared.failure);
}

}  // namespace

// While signals are blocked no handler of ours runs, in the child either, and no call of ours is interrupted:
// processes that share our memory until the exec share errno, too.
Spawned spawn(const SpawnPlan& plan) {
  const SignalsBlocked signals_blocked;
  Failure failure;
  Prepared prepared{.programs = pointers_to(plan.programs),
                    .argv = pointers_to(plan.argv),
                    .environment = environment_over_ours(plan),
                    .plan = &plan,
                    .failure = &failure,
                    .parent = ::getpid()};
  return plan.terminal ? spawn_on_terminal(prepared) : spawn_without_terminal(prepared);
}

}  // namespace agent::host
