#include "host/limits/limit_check.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using namespace agent::host;

namespace {

constexpr Bytes kNeeds{16 * 1024 * 1024};

std::string only_problem(const LimitConfig& limit) {
  const std::vector<std::string> problems = problems_of(limit, kNeeds);
  REQUIRE(problems.size() == 1);
  return problems.front();
}

LimitConfig disks(std::vector<DiskLimit> disks) {
  LimitConfig limit;
  limit.disk_limit = std::move(disks);
  return limit;
}

DiskLimit writes(const std::string& dev) { return {.dev = dev, .write_bytes = Bytes{1000}}; }

}  // namespace

TEST_CASE("Limits that are absent or sensible have no problem", "[host][cgroup]") {
  CHECK(problems_of({}, kNeeds).empty());
  LimitConfig limit = disks({writes("8:0"), writes("8:16")});
  limit.cpu_quota = 1;
  limit.memory_limit = kNeeds;
  CHECK(problems_of(limit, kNeeds).empty());
}

TEST_CASE("An absurd quota is refused with the most that is allowed", "[host][cgroup]") {
  LimitConfig limit;
  limit.cpu_quota = kMaxCpuPercent;
  CHECK(problems_of(limit, kNeeds).empty());
  limit.cpu_quota = kMaxCpuPercent + 1;
  CHECK(only_problem(limit) == "limit.cpu_quota: 819201 is more than 819200; 100 is one core");
}

TEST_CASE("A memory limit below what the agent needs is refused with the figure", "[host][cgroup]") {
  LimitConfig limit;
  limit.memory_limit = Bytes{1};
  CHECK_THAT(only_problem(limit),
             Catch::Contains("limit.memory_limit") && Catch::Contains(to_string(kNeeds)));
}

TEST_CASE("Every wrong disk is named", "[host][cgroup]") {
  CHECK_THAT(only_problem(disks({writes("sda")})), Catch::Contains("limit.disk_limit: dev 'sda': must be"));
  CHECK_THAT(only_problem(disks({writes("8:0"), writes("08:0")})), Catch::Contains("is there twice"));
  CHECK_THAT(only_problem(disks({{.dev = "8:0"}})), Catch::Contains("has no limit"));
  CHECK(problems_of(disks({writes(""), writes("8")}), kNeeds).size() == 2);
}
