// ServiceScene: what a service manager gives a program that it starts, and hears from it.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "host/service/run_status.hpp"
#include "tests/support/notify_socket.hpp"
#include "tests/system/programs.hpp"

namespace test {

struct ServiceScene {
  // For the program; `more` wins.
  Program::Environment environment(Program::Environment more = {}) const {
    more.emplace_back("NOTIFY_SOCKET", manager.name());
    more.emplace_back("RUNTIME_DIRECTORY", dir.file("run"));
    return more;
  }
  std::string agent_conf(const std::string& server, const std::string& more = {}) const {
    return dir.write("agent.conf", "server = " + server + "\nid = service-1\nlog.target = stdout\n" + more);
  }
  std::string server_conf(const std::string& listen, const std::string& more = {}) const {
    return dir.write("server.conf", "id = service\ndata_dir = " + dir.file("data") + "\ncache_dir = " +
                                        dir.file("cache") + "\nlog_dir = " + dir.file("logs") +
                                        "\nlog.target = stdout\nlisten = " + listen + "\n" + more);
  }

  // The status file, which has to be there.
  agent::host::RunStatus status() const {
    const auto status = agent::host::read_run_status_in(dir.file("run"));
    REQUIRE(status);
    return *status;
  }
  bool has_status() const { return std::filesystem::exists(dir.file("run/status.json")); }

  NotifySocket manager;
  TempDir dir;
};

}  // namespace test
