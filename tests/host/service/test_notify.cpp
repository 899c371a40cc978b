#include "host/service/notify.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>

#include "base/file_handle.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/variable.hpp"

using namespace agent::host;
using namespace std::chrono_literals;
using test::NotifySocket;
using test::Variable;

namespace {

struct Heard {
  explicit Heard(NotifySocket::Kind kind = NotifySocket::Kind::path) : manager(kind) {
    notify.emplace(NotifyVariables{.socket = manager.name(), .watchdog = std::nullopt});
  }
  NotifySocket manager;
  std::optional<ServiceNotify> notify;
};

// Messages until there is no room for another one.
void fill(ServiceNotify& notify) {
  for (int i = 0; i < 1000; ++i) notify.alive();
}

}  // namespace

TEST_CASE("The service manager hears that a program is ready, alive, and stops", "[host][notify]") {
  Heard heard(GENERATE(NotifySocket::Kind::path, NotifySocket::Kind::abstract));
  REQUIRE(heard.notify->is_heard());
  heard.notify->ready();
  CHECK(heard.manager.receive() == "READY=1\n");
  heard.notify->status("connected to s:1 as n-1");
  CHECK(heard.manager.receive() == "STATUS=connected to s:1 as n-1\n");
  heard.notify->alive();
  CHECK(heard.manager.receive() == "WATCHDOG=1\n");
  heard.notify->more_time(15s);
  CHECK(heard.manager.receive() == "EXTEND_TIMEOUT_USEC=15000000\n");
  heard.notify->stopping();
  CHECK(heard.manager.receive() == "STOPPING=1\n");
}

TEST_CASE("A status is one line of UTF-8 whatever it is made of", "[host][notify]") {
  Heard heard;
  heard.notify->status("a\nREADY=1");
  CHECK(heard.manager.receive() == "STATUS=a\\nREADY=1\n");
  heard.notify->status("caf\xE9 caf\xC3\xA9");
  CHECK(heard.manager.receive() == "STATUS=caf\xEF\xBF\xBD caf\xC3\xA9\n");
  std::string euros;
  for (int i = 0; i < 1000; ++i) euros += "\xE2\x82\xAC";
  heard.notify->status(euros);
  CHECK(heard.manager.receive() == "STATUS=" + euros.substr(0, kMaxNotifyStatus / 3 * 3) + "\n");
}

TEST_CASE("What a service manager says is taken out of the environment", "[host][notify]") {
  const Variable socket("NOTIFY_SOCKET", "/run/x");
  const Variable period("WATCHDOG_USEC", "30000000");
  const Variable pid("WATCHDOG_PID", std::to_string(::getpid()));
  const NotifyVariables variables = take_notify_variables();
  CHECK(variables.socket == "/run/x");
  CHECK(variables.watchdog == std::optional(std::chrono::microseconds(30s)));
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    CHECK(std::getenv(name) == nullptr);
  CHECK(take_notify_variables().socket.empty());
}

TEST_CASE("Our own supervisor hears that a program is ready, once, and its commands do not see how",
          "[host][notify]") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const agent::FileHandle supervisor(ends[0]);
  const Variable variable("AGENT_READY_FD", std::to_string(ends[1]));
  const NotifyVariables variables = take_notify_variables();
  CHECK(std::getenv("AGENT_READY_FD") == nullptr);
  REQUIRE(variables.ready == ends[1]);
  CHECK(::fcntl(ends[1], F_GETFD) == FD_CLOEXEC);
  ServiceNotify notify(variables);
  notify.alive();
  notify.ready();
  std::array<char, 8> bytes;
  CHECK(supervisor.read(bytes) == 1);
  CHECK(supervisor.read(bytes) == 0);  // closed
  notify.ready();
}

TEST_CASE("What is no pipe is not the supervisor's", "[host][notify]") {
  const Variable variable("AGENT_READY_FD", GENERATE("", "x", "-1", "99999", "99999999999"));
  CHECK(take_notify_variables().ready == -1);
  const agent::FileHandle file(::open("/dev/null", O_WRONLY));
  const Variable number("AGENT_READY_FD", std::to_string(file.descriptor()));
  CHECK(take_notify_variables().ready == -1);
}

TEST_CASE("A watchdog that is another process's, or no time, is none", "[host][notify]") {
  const Variable socket("NOTIFY_SOCKET", "/run/x");
  SECTION("another pid") {
    const Variable period("WATCHDOG_USEC", "30000000");
    const Variable pid("WATCHDOG_PID", "1");
    CHECK_FALSE(take_notify_variables().watchdog);
  }
  SECTION("no pid is ours") {
    const Variable period("WATCHDOG_USEC", "30000000");
    CHECK(take_notify_variables().watchdog);
  }
  SECTION("no time") {
    const Variable period("WATCHDOG_USEC", GENERATE("", "0", "-1", "30s", "99999999999999999999"));
    CHECK_FALSE(take_notify_variables().watchdog);
  }
}

TEST_CASE("A program that nobody asks tells nobody", "[host][notify]") {
  const std::string socket =
      GENERATE(as<std::string>(), "", "relative", "/", "@", "vsock:2:1", std::string(200, '/'));
  ServiceNotify notify({.socket = socket, .watchdog = 30s});
  CHECK_FALSE(notify.is_heard());
  CHECK_FALSE(notify.watchdog());
  notify.ready();
  notify.status("x");
  notify.alive();
  notify.stopping();
}

TEST_CASE("A service manager that is gone disturbs nobody, and hears the rest when it is back",
          "[host][notify]") {
  std::optional<NotifySocket> manager(std::in_place, NotifySocket::Kind::abstract);
  ServiceNotify notify({.socket = manager->name(), .watchdog = std::nullopt});
  manager.reset();
  notify.ready();
  notify.status("lost");
  SUCCEED();
}

TEST_CASE("What a full socket has no room for is told with the next message", "[host][notify]") {
  Heard heard;
  fill(*heard.notify);
  heard.notify->status("connected");  // at once, without room
  heard.notify->ready();              // after its patience
  CHECK(heard.manager.drain() > 0);
  heard.notify->alive();
  CHECK(heard.manager.receive() == "READY=1\nSTATUS=connected\nWATCHDOG=1\n");
  heard.notify->alive();
  CHECK(heard.manager.receive() == "WATCHDOG=1\n");
}
