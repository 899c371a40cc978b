#include "host/session_leader.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "host/bare_syscall_linux.hpp"
#include "host/close_on_exec.hpp"

namespace agent::host {
namespace {

// For each of the two processes. The largest frame has 4 KiB.
constexpr std::size_t kStackSize = std::size_t{32} * 1024;
constexpr std::size_t kStackAlignment = 16;
// Nobody else sends it to us.
constexpr int kDismissal = SIGUSR1;

std::byte* end_of_stack(const SessionLeader& leader, std::size_t size) {
  std::byte* const end = leader.stack.get() + size;
  return end - reinterpret_cast<std::uintptr_t>(end) % kStackAlignment;
}

// From here on only bare system calls: the thread that made us goes on, and its errno is ours.
void wait_for_dismissal() {
  sigset_t dismissal;
  ::sigemptyset(&dismissal);
  ::sigaddset(&dismissal, kDismissal);
  while (bare_syscall(SYS_rt_sigtimedwait, argument(&dismissal), 0, 0, (NSIG - 1) / 8) != kDismissal)
    continue;
}

// What is left of the command is in the background then, and is not hung up on.
void take_foreground() {
  const long flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const long terminal = bare_syscall(SYS_openat, AT_FDCWD, argument("/dev/tty"), flags);
  const pid_t own_group = static_cast<pid_t>(bare_syscall(SYS_getpid));
  if (terminal >= 0) bare_syscall(SYS_ioctl, terminal, TIOCSPGRP, argument(&own_group));
}

int lead(void* self) {
  auto& leader = *static_cast<SessionLeader*>(self);
  ::prctl(PR_SET_NAME, "agent-terminal");
  leader.command = leader.begin(leader.context, end_of_stack(leader, kStackSize));
  close_all();
  wait_for_dismissal();
  take_foreground();
  return 0;
}

}  // namespace

int start_leader(SessionLeader& leader) {
  leader.stack = std::make_unique_for_overwrite<std::byte[]>(2 * kStackSize);
  return ::clone(lead, end_of_stack(leader, 2 * kStackSize), CLONE_VM | SIGCHLD, &leader);
}

void dismiss_leader(int pid) { ::kill(pid, kDismissal); }

}  // namespace agent::host
