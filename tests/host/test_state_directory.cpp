#include "host/state_directory.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

using agent::host::state_directory;

TEST_CASE("State lies where the service manager says, and else where the user's state lies", "[host]") {
  ::setenv("STATE_DIRECTORY", "/var/lib/given:/var/lib/other", 1);
  CHECK(state_directory("some-agent") == "/var/lib/given");
  ::unsetenv("STATE_DIRECTORY");
  const bool is_root = ::geteuid() == 0;
  ::setenv("XDG_STATE_HOME", "/home/bob/state", 1);
  CHECK(state_directory("some-agent") == (is_root ? "/var/lib/some-agent" : "/home/bob/state/some-agent"));
  ::unsetenv("XDG_STATE_HOME");
  if (!is_root) CHECK(state_directory("some-agent").ends_with("/.local/state/some-agent"));
}
