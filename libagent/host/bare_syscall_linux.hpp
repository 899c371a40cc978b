// A system call that leaves errno alone: for a process that shares the memory of a thread that goes on, and
// with it that thread's errno. Linux.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace agent::host {

// What the kernel answers: a result, or the negative errno. On processors that are not named here errno is
// only put back afterwards, which the thread may notice.
inline long bare_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0) {
#if defined(__x86_64__)
  register long fourth asm("r10") = d;
  long result = number;
  asm volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long call asm("x8") = number;
  register long result asm("x0") = a;
  register long second asm("x1") = b;
  register long third asm("x2") = c;
  register long fourth asm("x3") = d;
  asm volatile("svc 0" : "+r"(result) : "r"(call), "r"(second), "r"(third), "r"(fourth) : "memory");
  return result;
#else
  const int before = errno;
  const long result = ::syscall(number, a, b, c, d);
  if (result != -1) return result;
  const int reason = errno;
  errno = before;
  return -reason;
#endif
}

// A pointer as an argument.
inline long argument(const void* pointer) { return reinterpret_cast<long>(pointer); }

}  // namespace agent::host
