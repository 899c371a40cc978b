#include "agentctl/task_end.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agentctl/api_client.hpp"

using namespace agentctl;
using agent::Errc;
using agent::json::Document;

namespace {

int code_of(const std::string& record) { return exit_code_of(end_of(Document::parse(record).root())); }

std::string word_of_record(const std::string& record) {
  return std::string(word_of(end_of(Document::parse(record).root()).outcome));
}

}  // namespace

TEST_CASE("The exit code of a command is passed through", "[server]") {
  CHECK(code_of(R"({"state":"done","code":0})") == 0);
  CHECK(code_of(R"({"state":"done","code":7})") == 7);
  CHECK(code_of(R"({"state":"done","code":255})") == 255);
  CHECK(code_of(R"({"state":"done","code":256})") == 1);  // as Windows has them: never 0
  CHECK(code_of(R"({"state":"done","code":-1,"signal":9})") == 137);
}

TEST_CASE("A command that has no code is told by a code of ours", "[server]") {
  CHECK(code_of(R"({"state":"done","code":-1,"signal":9,"timed_out":true})") == 124);
  CHECK(code_of(R"({"state":"done","code":0,"ended_by":"timeout"})") == 124);
  CHECK(code_of(R"({"code":-65535})") == 124);
  CHECK(code_of(R"({"state":"failed","code":-65534,"reason":"exec foo: No such file or directory"})") == 127);
  CHECK(code_of(R"({"state":"failed","code":0,"reason":"Permission denied"})") == 126);
  CHECK(code_of(R"({"state":"lost","code":-65533})") == 255);
  CHECK(code_of(R"({"state":"done","code":-65534})") == 255);
}

TEST_CASE("The end of a command is told in one word and a reason", "[server]") {
  CHECK(word_of_record(R"({"state":"done","code":0})") == "ok");
  CHECK(word_of_record(R"({"state":"lost"})") == "lost");
  CHECK(
      end_of(Document::parse(R"({"state":"done","code":-1,"signal":9,"ended_by":"memory"})").root()).reason ==
      "ended by memory: signal 9 (Killed)");
  CHECK(
      end_of(Document::parse(R"({"state":"done","code":-1,"signal":9,"ended_by":"killed"})").root()).reason ==
      "killed: signal 9 (Killed)");
}

TEST_CASE("What came before a command has words of its own", "[server]") {
  CHECK(outcome_of(ApiError(404, "not found: agent")) == Outcome::unknown);
  CHECK(outcome_of(ApiError(504, "timeout")) == Outcome::silent);
  CHECK(outcome_of(ApiError(503, "exec: no")) == Outcome::not_started);
  CHECK(outcome_of(ApiError(503, "rate limit")) == Outcome::refused);
  CHECK(outcome_of(ApiError(503, "server is stopping")) == Outcome::broken);
  CHECK(outcome_of(ApiError(502, "Bad Gateway")) == Outcome::broken);
  CHECK(outcome_of(ApiError(500, "the agent disconnected")) == Outcome::lost);
  CHECK(outcome_of(ApiError(429, "too many")) == Outcome::refused);
  CHECK(outcome_of(agent::Error(Errc::timeout, "")) == Outcome::silent);
  CHECK(outcome_of(agent::Error(Errc::disconnected, "")) == Outcome::broken);
}
