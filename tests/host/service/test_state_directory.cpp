#include "host/service/state_directory.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "host/service/service_environment.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/variable.hpp"

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

TEST_CASE("A service's state lies in the same place under every service manager", "[host]") {
  CHECK(agent::host::service_state_directory("some-agent") == "/var/lib/some-agent");
  const test::Variable here("STATE_DIRECTORY", "/var/lib/of-the-caller");
  const test::TempDir root;
  agent::host::ServiceMachine machine;
  machine.root = root.path();
  agent::host::use_environment_of_service(machine, "some-agent");
  CHECK(state_directory("some-agent") == "/var/lib/some-agent");
}

TEST_CASE("Packages alone write in /usr, but not in /usr/local", "[host]") {
  CHECK(agent::host::is_for_packages("/usr/bin/logs"));
  for (const char* path : {"/usr/local/bin/logs", "/opt/exec-agent/bin/logs", "/var/log", "/usr2/logs", "/"})
    CHECK_FALSE(agent::host::is_for_packages(path));
}
