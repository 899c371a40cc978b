#include <signal.h>

#include "host/own_process.hpp"
#include "host/working_directory.hpp"

namespace agent::host {

void prepare_process() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  leave_removed_directory();
}

}  // namespace agent::host
