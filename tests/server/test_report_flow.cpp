#include <catch2/catch.hpp>

#include "agent/wire/control.hpp"
#include "metrics/report_flow.hpp"

using namespace std::chrono_literals;
using namespace server;

namespace {

const ReportFlow::Time kStart = ReportFlow::Time(1h);

int admitted(ReportFlow& flow, int reports, std::size_t bytes, ReportFlow::Time now) {
  int count = 0;
  for (int i = 0; i < reports; ++i) count += flow.admit(bytes, now) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("A session without acknowledgements may bring a burst, and then so many a second",
          "[server][metrics]") {
  ReportFlow flow(false, kStart);
  CHECK(admitted(flow, 1000, 500, kStart) == 201);  // the last one on credit
  CHECK(admitted(flow, 1000, 500, kStart + 1s) == 100);
  CHECK(admitted(flow, 1000, 500, kStart + 1500ms) == 50);
  CHECK(admitted(flow, 1000, 500, kStart + 1h) == 201);
  CHECK(flow.take_due(kStart + 2h) == 0);
  CHECK(flow.due_at() == ReportFlow::Time::max());
}

TEST_CASE("Large reports cost more, and one that is larger than all credit still comes",
          "[server][metrics]") {
  ReportFlow flow(false, kStart);
  CHECK(flow.admit(std::size_t{16} * 1024 * 1024, kStart));  // 410 of 200
  CHECK_FALSE(flow.admit(1, kStart));
  CHECK_FALSE(flow.admit(1, kStart + 2s));
  CHECK(flow.admit(1, kStart + 3s));
}

TEST_CASE("The first report of a while is acknowledged at once, those behind it together",
          "[server][metrics]") {
  ReportFlow flow(true, kStart);
  flow.took(1, 500);
  CHECK(flow.take_due(kStart) == 1);
  CHECK(flow.take_due(kStart) == 0);  // once
  flow.took(2, 500);
  flow.took(3, 500);
  CHECK(flow.take_due(kStart + 199ms) == 0);
  CHECK(flow.due_at() == kStart + 200ms);
  CHECK(flow.take_due(kStart + 200ms) == 3);
  CHECK(flow.due_at() == ReportFlow::Time::max());
}

TEST_CASE("An agent with a full window is never held up", "[server][metrics]") {
  ReportFlow flow(true, kStart);
  flow.took(1, 500);
  REQUIRE(flow.take_due(kStart) == 1);
  std::uint64_t acknowledged = 1;
  for (std::uint64_t number = 2; number <= 1000; ++number) {
    flow.took(number, 500);
    if (const std::uint64_t due = flow.take_due(kStart)) acknowledged = due;
    REQUIRE(number - acknowledged < agent::wire::kReportsInFlight);
  }
  flow.took(1001, agent::wire::kReportBytesInFlight);  // by bytes as well
  CHECK(flow.take_due(kStart) == 1001);
}

TEST_CASE("A session that acknowledges drops nothing, and acknowledges later instead", "[server][metrics]") {
  ReportFlow flow(true, kStart);
  for (std::uint64_t number = 1; number <= 260; ++number) {
    REQUIRE(flow.admit(500, kStart));
    flow.took(number, 500);
    if (number <= 200) flow.take_due(kStart);
  }
  CHECK(flow.take_due(kStart) == 0);  // 60 in debt
  CHECK(flow.due_at() == kStart + 600ms);
  CHECK(flow.take_due(kStart + 599ms) == 0);
  CHECK(flow.take_due(kStart + 600ms) == 260);
}

TEST_CASE("An agent that does not wait for acknowledgements is found out", "[server][metrics]") {
  ReportFlow flow(true, kStart);
  flow.admit(std::size_t{16} * 1024 * 1024, kStart);
  for (std::uint64_t number = 1; number <= 2 * agent::wire::kReportsInFlight; ++number) {
    flow.took(number, 500);
    CHECK(flow.take_due(kStart) == 0);
  }
  CHECK_FALSE(flow.is_flooded());
  flow.took(1000, 500);
  CHECK(flow.is_flooded());
}

TEST_CASE("A report that comes again is acknowledged again, never with a smaller number",
          "[server][metrics]") {
  ReportFlow flow(true, kStart);
  flow.took(9, 500);
  REQUIRE(flow.take_due(kStart) == 9);
  flow.took(3, 500);
  CHECK(flow.take_due(kStart + 1s) == 9);
}
