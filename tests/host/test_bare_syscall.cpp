#include "host/bare_syscall_linux.hpp"

#include <fcntl.h>

#include <catch2/catch.hpp>

using namespace agent::host;

TEST_CASE("A bare system call answers as the kernel does and leaves errno alone", "[host]") {
  errno = 0;
  CHECK(bare_syscall(SYS_close, -1) == -EBADF);
  CHECK(bare_syscall(SYS_openat, AT_FDCWD, argument("/nowhere"), O_RDONLY, 0) == -ENOENT);
  CHECK(errno == 0);
  CHECK(bare_syscall(SYS_getpid) == ::getpid());
}
