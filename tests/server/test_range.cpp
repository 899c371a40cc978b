#include <catch2/catch.hpp>

#include "http/range.hpp"

using namespace server;
using Kind = RangeAnswer::Kind;

namespace {

RangeAnswer of(std::string_view range, std::uint64_t size = 100) {
  return evaluate_range(range, "", "\"e\"", size);
}

constexpr RangeAnswer kWhole{};
constexpr RangeAnswer kOutside{Kind::unsatisfiable, 0, 0};

}  // namespace

TEST_CASE("A range names its first and last byte", "[server]") {
  CHECK(of("bytes=0-0") == RangeAnswer{Kind::part, 0, 1});
  CHECK(of("bytes=10-19") == RangeAnswer{Kind::part, 10, 20});
  CHECK(of("bytes=90-") == RangeAnswer{Kind::part, 90, 100});
  CHECK(of("bytes=90-1000") == RangeAnswer{Kind::part, 90, 100});
  CHECK(of("bytes=0-18446744073709551615") == RangeAnswer{Kind::part, 0, 100});
}

TEST_CASE("A suffix range counts from the end", "[server]") {
  CHECK(of("bytes=-10") == RangeAnswer{Kind::part, 90, 100});
  CHECK(of("bytes=-1000") == RangeAnswer{Kind::part, 0, 100});
  CHECK(of("bytes=-0") == kOutside);
}

TEST_CASE("A range that begins behind the end cannot be served", "[server]") {
  CHECK(of("bytes=100-") == kOutside);
  CHECK(of("bytes=0-", 0) == kOutside);
  CHECK(of("bytes=-1", 0) == kOutside);
}

TEST_CASE("What is no single range is ignored", "[server]") {
  for (const char* text : {"", "bytes", "bytes=", "bytes=a-b", "bytes=1", "bytes=5-2", "bytes=0-1,5-6",
                           "lines=1-2", "bytes=-", "bytes= 1-2", "bytes=99999999999999999999-"}) {
    CAPTURE(text);
    CHECK(of(text) == kWhole);
  }
}

TEST_CASE("If-Range lets a range through only for the same content", "[server]") {
  CHECK(evaluate_range("bytes=0-0", "\"e\"", "\"e\"", 100).kind == Kind::part);
  CHECK(evaluate_range("bytes=0-0", "\"x\"", "\"e\"", 100) == kWhole);
  CHECK(evaluate_range("bytes=0-0", "Wed, 21 Oct 2015 07:28:00 GMT", "\"e\"", 100) == kWhole);
}

TEST_CASE("A weak tag holds no two parts together", "[server]") {
  CHECK(evaluate_range("bytes=0-0", "W/\"e\"", "W/\"e\"", 100) == kWhole);
  CHECK(evaluate_range("bytes=0-0", "\"e\"", "W/\"e\"", 100) == kWhole);
  CHECK(evaluate_range("bytes=0-0", "", "W/\"e\"", 100).kind == Kind::part);
}

TEST_CASE("A ranged reply says which part it is, or how long the whole", "[server]") {
  RangeAnswer range{Kind::part, 10, 20};
  Reply reply = start_ranged_reply(range, 100);
  CHECK(reply.status == 206);
  CHECK(reply.length == 10);
  CHECK(reply.headers.front() == std::pair<std::string, std::string>("Content-Range", "bytes 10-19/100"));
  range = kOutside;
  reply = start_ranged_reply(range, 100);
  CHECK(reply.status == 416);
  CHECK(reply.headers.front() == std::pair<std::string, std::string>("Content-Range", "bytes */100"));
  range = kWhole;
  reply = start_ranged_reply(range, 100);
  CHECK(reply.status == 200);
  CHECK(range == RangeAnswer{Kind::whole, 0, 100});
}
