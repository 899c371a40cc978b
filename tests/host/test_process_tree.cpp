#include "host/process_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "agent/processes.hpp"

using namespace agent::host;

namespace {

// Us: 100, in session 90. 1 is init.
constexpr int kUs = 100;

std::vector<int> pids_of(const std::vector<ProcessEntry>& entries) {
  std::vector<int> pids;
  for (const ProcessEntry& entry : entries) pids.push_back(entry.pid);
  std::sort(pids.begin(), pids.end());
  return pids;
}

ProcessEntry entry(int pid, int parent, int session) {
  return {.pid = pid, .parent = parent, .group = session, .session = session};
}

std::vector<int> members(const std::vector<ProcessEntry>& table, int root, std::vector<int> marked = {}) {
  return pids_of(members_of({root, root, "mark"}, table, kUs, [&marked](int pid, const std::string& mark) {
    return mark == "mark" && std::find(marked.begin(), marked.end(), pid) != marked.end();
  }));
}

}  // namespace

TEST_CASE("A tree is its root, what is below it, and its session", "[host]") {
  const std::vector<ProcessEntry> table = {
      entry(1, 0, 1),       entry(kUs, 1, 90),    entry(200, kUs, 200),
      entry(203, 202, 203), entry(201, 200, 200), entry(202, 201, 200),
      entry(204, kUs, 200), entry(300, kUs, 300), entry(301, 300, 300),
  };
  CHECK(members(table, 200) == std::vector<int>{200, 201, 202, 203, 204});
  CHECK(members(table, 300) == std::vector<int>{300, 301});
  CHECK(members(table, 400).empty());
}

TEST_CASE("On a terminal the leader of the session and all that stays in it belong to the tree", "[host]") {
  const std::vector<ProcessEntry> table = {
      entry(kUs, 1, 90),    entry(199, kUs, 199), entry(200, kUs, 199),
      entry(201, 200, 199), entry(202, kUs, 199),
  };
  const auto nobody = [](int, const std::string&) { return false; };
  CHECK(pids_of(members_of({200, 199, "mark"}, table, kUs, nobody)) == std::vector<int>{199, 200, 201, 202});
}

TEST_CASE("An orphan in a session of its own belongs to the tree whose mark it has, with all below it",
          "[host]") {
  const std::vector<ProcessEntry> table = {
      entry(kUs, 1, 90),    entry(200, kUs, 200), entry(211, kUs, 210),
      entry(212, 211, 212), entry(311, kUs, 310),
  };
  CHECK(members(table, 200, {211}) == std::vector<int>{200, 211, 212});
}

TEST_CASE("A mark counts only for what is below us, and never within our own session", "[host]") {
  const std::vector<ProcessEntry> table = {
      entry(kUs, 1, 90), entry(101, kUs, 90), entry(102, 101, 90), entry(500, 1, 500), entry(200, kUs, 200),
  };
  CHECK(members(table, 200, {101, 102, 500}) == std::vector<int>{200});
}

TEST_CASE("A session of the same number that is not below us is somebody else's", "[host]") {
  const std::vector<ProcessEntry> table = {entry(kUs, 1, 90), entry(200, 1, 200), entry(201, 200, 200)};
  CHECK(members(table, 200).empty());
}

TEST_CASE("All commands are all that is below us in other sessions", "[host]") {
  const std::vector<ProcessEntry> table = {
      entry(1, 0, 1),       entry(kUs, 1, 90),  entry(101, kUs, 90),  entry(200, kUs, 200),
      entry(201, 200, 201), entry(999, 1, 999), entry(102, 101, 102),
  };
  CHECK(pids_of(all_commands(table, kUs)) == std::vector<int>{102, 200, 201});
}

TEST_CASE("The process table knows this process", "[host]") {
  const auto table = read_process_table();
  const auto self =
      std::find_if(table.begin(), table.end(), [](const auto& found) { return found.pid == ::getpid(); });
  REQUIRE(self != table.end());
  CHECK(self->parent == ::getppid());
  CHECK(self->group == ::getpgrp());
  CHECK(self->session == ::getsid(0));
  CHECK_FALSE(self->ended);
}

TEST_CASE("Only a whole entry of an environment is found", "[host]") {
  const char* const home = ::getenv("PATH");
  REQUIRE(home != nullptr);
  CHECK(has_in_environment(::getpid(), std::string("PATH=") + home));
  CHECK_FALSE(has_in_environment(::getpid(), std::string("PATH=") + home + "x"));
  CHECK_FALSE(has_in_environment(::getpid(), std::string("ATH=") + home));
  CHECK_FALSE(has_in_environment(0, "PATH="));
}

TEST_CASE("A stat line tells state, parent, group and session", "[host]") {
  const auto stat = agent::parse_process_stat("7 (a b) Z 5 6 4 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 99 0 0");
  REQUIRE(stat.has_value());
  CHECK(stat->state == 'Z');
  CHECK(stat->parent == 5);
  CHECK(stat->group == 6);
  CHECK(stat->session == 4);
}
