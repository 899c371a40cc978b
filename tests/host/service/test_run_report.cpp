#include "host/service/run_report.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/log.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/variable.hpp"

using namespace agent::host;
using test::NotifySocket;
using test::TempDir;
using test::Variable;

namespace {

// A program that runs as a service whose period is 30 s.
struct Service {
  NotifySocket manager;
  TempDir directory;
  Variable socket{"NOTIFY_SOCKET", manager.name()};
  Variable watchdog{"WATCHDOG_USEC", "30000000"};
  Variable place{"RUNTIME_DIRECTORY", directory.path()};
  RunReport report{"some-agent", "1.2.3"};

  RunStatus file() const {
    const auto status = read_run_status_in(directory.path());
    REQUIRE(status);
    return *status;
  }
};

}  // namespace

TEST_CASE("Nobody is told anything before the program is ready, and then all of it", "[host][run_report]") {
  Service service;
  service.report.connecting("s:1");
  CHECK(service.manager.drain() == 0);
  CHECK_FALSE(read_run_status_in(service.directory.path()));
  service.report.ready();
  CHECK(service.manager.receive() == "STATUS=connecting to s:1\n");
  CHECK(service.manager.receive() == "READY=1\n");
  const RunStatus status = service.file();
  CHECK(status.program == "some-agent");
  CHECK(status.version == "1.2.3");
  CHECK(status.connection == Connection::connecting);
  CHECK(status.started > 1'700'000'000'000);
}

TEST_CASE("An outage has one beginning, whatever the attempts meet", "[host][run_report]") {
  Service service;
  service.report.ready();
  service.report.connecting("s:1");
  service.report.connected("s:1", "n-1");
  CHECK(service.file().connection == Connection::connected);
  CHECK(service.file().id == "n-1");
  service.manager.wait_for("STATUS=connected to s:1 as n-1\n");

  service.report.kept_away("s:1", Problem::disconnected, "closed");
  const RunStatus lost = service.file();
  CHECK(lost.connection == Connection::away);
  CHECK(lost.reason == "closed");
  CHECK(service.manager.receive().starts_with("STATUS=away since 2"));

  service.report.connecting("s:1");  // is no news
  service.report.kept_away("s:1", Problem::token, "401");
  CHECK(service.file().connection == Connection::refused);
  CHECK(service.file().problem == Problem::token);
  CHECK(service.file().since == lost.since);
  CHECK(service.manager.receive().find(": s:1: 401\n") != std::string::npos);
  service.report.kept_away("s:1", Problem::token, "401");  // neither is this
  CHECK(service.manager.drain() == 0);

  service.report.connected("s:2", "n-1");
  CHECK(service.file().problem == Problem::none);
  CHECK(service.file().reason == "");
  CHECK(service.file().since >= lost.since);
}

TEST_CASE("A stop is the last that is told", "[host][run_report]") {
  Service service;
  service.report.ready();
  service.report.connected("s:1", "n-1");
  service.manager.drain();
  service.report.stopping();
  CHECK(service.manager.receive() == "STATUS=stopping\n");
  CHECK(service.manager.receive() == "STOPPING=1\n");
  service.report.kept_away("s:1", Problem::disconnected, "the agent stops");
  CHECK(service.manager.drain() == 0);
  CHECK(service.file().connection == Connection::connected);
}

TEST_CASE("A server's listen address is told, and that it waits for it", "[host][run_report]") {
  Service service;
  service.report.ready();
  service.report.waiting("192.0.2.1:13081", "Cannot assign requested address");
  CHECK(service.file().connection == Connection::waiting);
  service.manager.wait_for("STATUS=waiting for the listen address 192.0.2.1:13081: Cannot assign");
  service.report.listening("192.0.2.1:13081");
  CHECK(service.file().connection == Connection::listening);
  CHECK(service.file().reason == "");
  service.manager.wait_for("STATUS=listening on 192.0.2.1:13081\n");
}

TEST_CASE("A status shows no secret and is one line", "[host][run_report]") {
  agent::log::hide("sesame-4711");
  Service service;
  service.report.ready();
  service.report.kept_away("s:1", Problem::refused, "no such token:\nsesame-4711");
  CHECK(service.file().reason == "no such token:\\n***");
  CHECK(service.manager.wait_for("refused since").find("sesame") == std::string::npos);
}

TEST_CASE("A program says three times in the watchdog's period that it is alive, or never",
          "[host][run_report]") {
  {
    Service service;
    CHECK(service.report.alive_interval() == std::optional(std::chrono::microseconds(10'000'000)));
    service.report.alive();
    CHECK(service.manager.receive() == "WATCHDOG=1\n");
  }
  const TempDir directory;
  const Variable place("RUNTIME_DIRECTORY", directory.path());
  const RunReport report("some-agent", "1.2.3");
  CHECK_FALSE(report.alive_interval());
}
