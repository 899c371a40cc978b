#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>

#include "agent/json.hpp"
#include "http/reply.hpp"
#include "order_error.hpp"

using namespace server;
using agent::Errc;
using agent::Error;
using std::chrono::milliseconds;

TEST_CASE("The envelope of a success holds code, payload and time in this order", "[server]") {
  Reply reply = envelope(Payload{"[1,2]"}, milliseconds(7));
  CHECK(reply.body == R"({"code":200,"payload":[1,2],"extime":7})");
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "application/json; charset=utf-8");
}

TEST_CASE("Nothing to return leaves the payload out, an empty list is null", "[server]") {
  CHECK(envelope(Payload{}, milliseconds(0)).body == R"({"code":200,"extime":0})");
  CHECK(envelope(payload(std::vector<int>{}), milliseconds(0)).body ==
        R"({"code":200,"payload":null,"extime":0})");
}

TEST_CASE("The envelope of a failure has HTTP status 200 and a request id", "[server]") {
  Reply reply = error_envelope(404, "not found: \"x\"", "20260301-00000001-0badcafe", milliseconds(3));
  CHECK(reply.body ==
        R"({"code":404,"msg":"not found: \"x\"","reqid":"20260301-00000001-0badcafe","extime":3})");
  CHECK(reply.status == 200);
  CHECK(reply.code == 404);
}

TEST_CASE("A failure without a text has no msg", "[server]") {
  CHECK(error_envelope(503, "", "20260301-00000001-0badcafe", milliseconds(3)).body ==
        R"({"code":503,"reqid":"20260301-00000001-0badcafe","extime":3})");
}

TEST_CASE("A text with a NUL is told whole", "[server]") {
  const std::string text("a\0b", 3);
  CHECK(failure_text(Error(Errc::refused, text), true) == text);
  CHECK(failure_text(Error(Errc::not_found, text), true) == "not found: " + text);
  CHECK(raw_failure(Error(Errc::refused, text)).body == text);
  CHECK(error_envelope(503, text, "1", milliseconds(0)).body ==
        R"({"code":503,"msg":"a\u0000b","reqid":"1","extime":0})");
}

TEST_CASE("Every kind of error has its codes", "[server]") {
  auto codes = [](Errc code) {
    Failure failure = failure_of(Error(code, "x"));
    return std::make_pair(failure.envelope, failure.http);
  };
  CHECK(codes(Errc::not_found) == std::make_pair(404, 404));
  CHECK(codes(Errc::wrong_type) == std::make_pair(424, 424));
  CHECK(codes(Errc::refused) == std::make_pair(503, 503));
  CHECK(codes(Errc::busy) == std::make_pair(503, 503));
  CHECK(codes(Errc::too_many) == std::make_pair(429, 429));
  CHECK(codes(Errc::cancelled) == std::make_pair(503, 503));
  CHECK(codes(Errc::timeout) == std::make_pair(504, 504));
  CHECK(codes(Errc::denied) == std::make_pair(401, 401));
  CHECK(codes(Errc::disconnected) == std::make_pair(500, 410));
  CHECK(codes(Errc::bad_message) == std::make_pair(500, 500));
  CHECK(codes(Errc::too_large) == std::make_pair(500, 500));
  CHECK(codes(Errc::io) == std::make_pair(500, 500));
  CHECK(failure_of(RequestError(413, "x")).envelope == 413);
}

TEST_CASE("What a service was asked for and cannot be is the client's fault", "[server]") {
  const auto statuses = [](Errc code) {
    const Failure failure = failure_of(OrderError(code, "x"));
    return std::make_pair(failure.envelope, failure.http);
  };
  CHECK(statuses(Errc::bad_message) == std::make_pair(400, 400));
  CHECK(statuses(Errc::too_large) == std::make_pair(413, 413));
}

TEST_CASE("Errors read as the original's clients know them", "[server]") {
  CHECK(failure_text(Error(Errc::not_found, "agent"), true) == "not found: agent");
  CHECK(failure_text(Error(Errc::not_found, "agent"), false) == "agent not found");
  CHECK(failure_text(Error(Errc::timeout, "no reply in 60 s"), true) == "timeout");
  CHECK(failure_text(Error(Errc::disconnected, "read: reset"), false) == "agent is gone");
  CHECK(failure_text(Error(Errc::refused, "no such file"), true) == "no such file");
  CHECK(raw_failure(Error(Errc::timeout, "")).status == 504);
}

TEST_CASE("A client that asks for too much at once is told when to come again", "[server]") {
  using Headers = decltype(Reply::headers);
  CHECK(raw_failure(Error(Errc::too_many, "x")).headers == Headers{{"Retry-After", "1"}});
  CHECK(raw_failure(Error(Errc::busy, "x")).headers.empty());
  Reply reply = error_envelope(429, "x", "20260301-00000001-0badcafe", milliseconds(3));
  ask_to_retry(reply);
  CHECK(reply.status == 429);
  CHECK(reply.headers == Headers{{"Retry-After", "1"}});
}

TEST_CASE("A request id is date, counter and random text", "[server]") {
  std::string first = make_request_id();
  std::string second = make_request_id();
  REQUIRE(first.size() == 8 + 1 + 8 + 1 + 8);
  CHECK(first[8] == '-');
  CHECK(first[17] == '-');
  CHECK(std::all_of(first.begin(), first.begin() + 8, [](unsigned char c) { return std::isdigit(c); }));
  CHECK(first.substr(9, 8) < second.substr(9, 8));
  CHECK(first.substr(18).find_first_not_of("0123456789abcdef") == std::string::npos);
}
