#include <catch2/catch.hpp>

#include "http/conditions.hpp"

using namespace server;
using agent::net::HttpHead;

namespace {

constexpr std::chrono::sys_seconds kModified{std::chrono::seconds(784111777)};  // 06 Nov 1994 08:49:37
const Validators kCurrent{"\"v1\"", kModified};

Condition judge(std::string_view name, std::string value, const Validators& current = kCurrent) {
  HttpHead head;
  head.headers.emplace_back(name, std::move(value));
  return evaluate_conditions(head, current);
}

}  // namespace

TEST_CASE("Dates of HTTP come in three forms", "[server]") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == kModified);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == kModified);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == kModified);
  for (const char* text :
       {"", "1994-11-06", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT x"}) {
    CHECK_FALSE(parse_http_date(text).has_value());
  }
}

TEST_CASE("If-None-Match compares tags weakly, and makes a date void", "[server]") {
  CHECK(judge("If-None-Match", "\"v1\"") == Condition::not_modified);
  CHECK(judge("If-None-Match", "W/\"v1\"") == Condition::not_modified);
  CHECK(judge("If-None-Match", "\"v0\" , \"v1\"") == Condition::not_modified);
  CHECK(judge("If-None-Match", "*") == Condition::not_modified);
  CHECK(judge("If-None-Match", "\"v2\"") == Condition::holds);
  HttpHead both;
  both.headers.emplace_back("If-None-Match", "\"v2\"");
  both.headers.emplace_back("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(evaluate_conditions(both, kCurrent) == Condition::holds);
}

TEST_CASE("If-Modified-Since is met by what is not newer", "[server]") {
  CHECK(judge("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT") == Condition::not_modified);
  CHECK(judge("If-Modified-Since", "Sun, 06 Nov 1994 08:49:38 GMT") == Condition::not_modified);
  CHECK(judge("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT") == Condition::holds);
  CHECK(judge("If-Modified-Since", "yesterday") == Condition::holds);
}

TEST_CASE("If-Match and If-Unmodified-Since refuse another content", "[server]") {
  CHECK(judge("If-Match", "\"v1\"") == Condition::holds);
  CHECK(judge("If-Match", "*") == Condition::holds);
  CHECK(judge("If-Match", "\"v2\"") == Condition::failed);
  CHECK(judge("If-Match", "W/\"v1\"", {"W/\"v1\"", kModified}) == Condition::failed);
  CHECK(judge("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT") == Condition::failed);
  CHECK(judge("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT") == Condition::holds);
}

TEST_CASE("Nothing is said of a content without a tag", "[server]") {
  CHECK(judge("If-None-Match", "*", {}) == Condition::holds);
  CHECK(judge("If-Match", "\"v1\"", {}) == Condition::holds);
  CHECK(judge("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", {"", kModified}) == Condition::holds);
}
