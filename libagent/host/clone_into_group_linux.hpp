// A child that begins in a group of cgroup v2: clone3(2) with CLONE_INTO_CGROUP, from Linux 5.7 on. It need
// not enter it, which waits for all processors, and there is no moment outside. Linux.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace agent::host {

// What the kernel reads (struct clone_args, 88 bytes).
struct CloneArguments {
  std::uint64_t flags = 0;
  std::uint64_t pidfd = 0;
  std::uint64_t child_tid = 0;
  std::uint64_t parent_tid = 0;
  std::uint64_t exit_signal = 0;
  std::uint64_t stack = 0;  // its lowest address
  std::uint64_t stack_size = 0;
  std::uint64_t tls = 0;
  std::uint64_t set_tid = 0;
  std::uint64_t set_tid_size = 0;
  std::uint64_t cgroup = 0;  // descriptor of the group's directory
};

// Bytes below `stack_end` that the child may use.
inline constexpr std::size_t kStackOfChild = std::size_t{16} * 1024;

// Calls `entry`, which does not return, in a child on a stack of its own, whose end is aligned to 16 bytes.
// With CLONE_PARENT the exit signal is 0. Returns the child's id or the negative errno, and leaves errno
// alone; -ENOSYS where the kernel is older, and on processors other than x86-64.
inline long clone_into_group(int group, std::uint64_t flags, int exit_signal, std::byte* stack_end,
                             int (*entry)(void*), void* context) {
#if defined(__x86_64__)
  constexpr std::uint64_t into_group = 0x200000000;  // CLONE_INTO_CGROUP
  CloneArguments arguments{.flags = flags | into_group,
                           .exit_signal = static_cast<std::uint64_t>(exit_signal),
                           .stack = reinterpret_cast<std::uintptr_t>(stack_end - kStackOfChild),
                           .stack_size = kStackOfChild,
                           .cgroup = static_cast<std::uint64_t>(group)};
  constexpr long clone3 = 435;
  long result = clone3;
  // Entry and context have registers that neither the kernel nor this code changes.
  asm volatile(
      "syscall\n\t"
      "testq %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xorl %%ebp, %%ebp\n\t"  // the outermost frame
      "movq %[context], %%rdi\n\t"
      "callq *%[entry]\n\t"
      "hlt\n"
      "1:"
      : "+a"(result)
      : "D"(&arguments), "S"(sizeof arguments), [entry] "b"(entry), [context] "d"(context)
      : "rcx", "r11", "memory");
  return result;
#else
  static_cast<void>(group), static_cast<void>(flags), static_cast<void>(exit_signal);
  static_cast<void>(stack_end), static_cast<void>(entry), static_cast<void>(context);
  return -ENOSYS;
#endif
}

}  // namespace agent::host
