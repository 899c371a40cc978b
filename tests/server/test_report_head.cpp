#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "metrics/report_head.hpp"
#include "tests/server/fake_metrics_agent.hpp"

using namespace server;
using agent::Envelope;
using test::samples;

namespace {

std::optional<ReportKind> outlined(const std::string& text) {
  const auto report = outline_report(text);
  return report ? std::optional<ReportKind>(report->head.kind) : std::nullopt;
}

ReportKind read(const std::string& text) { return read_head(Envelope::parse(text)).kind; }

}  // namespace

TEST_CASE("Reports are told from replies and other messages by their beginning", "[server][metrics]") {
  CHECK(looks_like_report(test::usage_report()));
  CHECK(looks_like_report(test::facts()));
  CHECK(looks_like_report(test::usage_report(R"("rseq":1,)")));
  CHECK_FALSE(looks_like_report(test::usage_report(R"("tid":"t",)")));
  CHECK_FALSE(looks_like_report(R"({"type":37,"hm_agent_status":{}})"));
  CHECK_FALSE(looks_like_report(R"({"type":331,"x":1})"));
  CHECK_FALSE(looks_like_report(R"({"type":33)"));
  CHECK_FALSE(looks_like_report(""));
}

TEST_CASE("A report is sorted as the original server sorts it, read or not", "[server][metrics]") {
  const std::string usage = R"("usage":)" + std::string(test::kUsage);
  const std::string processes = R"("process":)" + std::string(test::kProcesses);
  const std::string connections = R"("conns":)" + std::string(test::kConnections);
  const std::vector<std::pair<std::string, ReportKind>> cases{
      {usage, ReportKind::usage},
      {processes, ReportKind::processes},
      {connections, ReportKind::connections},
      {R"("temps":[{"name":"a","temp":1}])", ReportKind::temperatures},
      {"", ReportKind::temperatures},
      {R"("usage":null,"process":[],"conns":null)", ReportKind::temperatures},
      {R"("usage":null,"process":[ ],)" + connections, ReportKind::connections},
      {processes + "," + connections, ReportKind::processes},
      {connections + "," + processes + "," + usage, ReportKind::usage}};
  for (const auto& [members, kind] : cases) {
    CAPTURE(members);
    CHECK(read(samples(members)) == kind);
    CHECK(outlined(samples(members)) == kind);
  }
  CHECK(read(test::facts()) == ReportKind::facts);
}

TEST_CASE("An outline has the times and the number of a report", "[server][metrics]") {
  const auto report = outline_report(
      R"({"type":33,"rseq":18446744073709551615,"hm_dynamic_rep":{"begin":"2026-03-01T08:30:05Z","end":"2026-03-01T08:30:06.5+08:00"}})");
  REQUIRE(report);
  CHECK(report->number == 18446744073709551615U);
  CHECK(report->head.begin == agent::wire::parse_time("2026-03-01T08:30:05Z"));
  CHECK(report->head.end == agent::wire::parse_time("2026-03-01T08:30:06.5+08:00"));
  const auto without = outline_report(R"({"type":33,"hm_dynamic_rep":{}})");
  REQUIRE(without);
  CHECK(without->number == 0);
  CHECK(without->head.begin.is_zero());
}

TEST_CASE("A text that only a reader understands is not outlined", "[server][metrics]") {
  for (const char* text : {
           R"({"type":33,"tid":"t","hm_dynamic_rep":{}})",
           R"({"type":33,"hm_dynamic_rep":{},"tid":"t"})",
           R"({"type":33,"hm_dynamic_rep":{},"hm_dynamic_rep":{}})",
           R"({"type":33,"HM_dynamic_rep":{}})",
           R"({"type":33,"hm_dynamic_rep":null})",
           R"({"type":33,"hm_dynamic_rep":[]})",
           R"({"type":33,"rseq":-1,"hm_dynamic_rep":{}})",
           R"({"type":33,"rseq":18446744073709551616,"hm_dynamic_rep":{}})",
           R"({"type":33,"rseq":1.0,"hm_dynamic_rep":{}})",
           R"({"type":33,"rseq":"1","hm_dynamic_rep":{}})",
           R"({"type":33,"hm_dynamic_rep":{"begin":"yesterday"}})",
           R"({"type":33,"hm_dynamic_rep":{"begin":null}})",
           R"({"type":33,"hm_dynamic_rep":{"begin":"2026-03-01T08:30:05\u005a"}})",
           R"({"type":33,"hm_dynamic_rep":{"usage":NaN}})",
           R"({"type":33,"hm_dynamic_rep":{})",
           R"({"type":31,"hm_static":{}})",
           R"({"type":33})",
       }) {
    CAPTURE(text);
    CHECK_FALSE(outline_report(text));
  }
}

TEST_CASE("A value that does not fit is told with its place", "[server][metrics]") {
  CHECK_THROWS_WITH(read(samples(R"("usage":{"cpu":{},"mem":{"used":-1}})")),
                    Catch::StartsWith("hm_dynamic_rep: usage: mem: used: expected an integer from 0"));
  CHECK_THROWS_WITH(read(samples(R"("process":[{"id":1},{"id":2147483648}])")),
                    Catch::StartsWith("hm_dynamic_rep: process: [1]: id: expected an integer"));
  CHECK_THROWS_WITH(report_number(Envelope::parse(R"({"type":33,"rseq":-1})")),
                    Catch::StartsWith("rseq: expected"));
}
