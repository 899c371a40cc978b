#include "agentctl/fleet_results.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace agentctl;

namespace {

MachineResult result(const std::string& agent, Outcome outcome, std::int64_t code = 0,
                     const std::string& reason = {}) {
  MachineResult made;
  made.agent = agent;
  made.end.outcome = outcome;
  made.end.code = code;
  made.end.reason = reason;
  return made;
}

}  // namespace

TEST_CASE("Results are a table with a word for each agent", "[server]") {
  const std::vector<MachineResult> results{result("a", Outcome::ok), result("b", Outcome::failed, 3),
                                           result("c\x1b", Outcome::offline, 0, "not found: agent")};
  CHECK(results_table(results, false, 0) ==
        "AGENT  RESULT   CODE  TIME  TASK  REASON\n"
        "a      ok       0     -     -     -\n"
        "b      failed   3     -     -     -\n"
        "c\\x1b  offline  -     -     -     not found: agent\n");
  CHECK(results_table(results, true, 0).find("\na ") == std::string::npos);
  CHECK(summary_of(results) == "1 ok, 1 failed, 1 offline");
}

TEST_CASE("Several agents are a success only if each one is", "[server]") {
  CHECK(exit_code_of({result("a", Outcome::ok), result("b", Outcome::started)}) == 0);
  for (const Outcome outcome : {Outcome::failed, Outcome::timed_out, Outcome::not_started, Outcome::lost,
                                Outcome::unknown, Outcome::offline, Outcome::silent, Outcome::refused,
                                Outcome::broken, Outcome::left, Outcome::not_begun})
    CHECK(exit_code_of({result("a", Outcome::ok), result("b", outcome)}) == 1);
}

TEST_CASE("The JSON of a result keeps the bytes of the output", "[server]") {
  CHECK(result_json(result("a", Outcome::ok), "x\x1b\r\n") ==
        R"({"agent":"a","result":"ok","code":0,"seconds":0,"output":"x\u001b\r\n"})");
  CHECK(result_json(result("a", Outcome::ok), "\xff") ==
        R"({"agent":"a","result":"ok","code":0,"seconds":0,"output_base64":"/w=="})");
}
