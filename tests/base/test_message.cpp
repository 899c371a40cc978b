#include <catch2/catch.hpp>

#include "agent/message.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/logs.hpp"

using namespace agent;
using Catch::Contains;

namespace {

struct Greeting {
  static constexpr MessageKind message{1001, "greeting"};
  std::string name;
  int age = 0;

  static void fields(auto& field) {
    field("name", &Greeting::name, "whom to greet");
    field("age", &Greeting::age, "in years", omit_empty);
  }
};

struct Question {
  static constexpr MessageKind message{1002, "question", true};
  std::string about;

  static void fields(auto& field) { field("about", &Question::about, "what", omit_empty); }
};

template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_message);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("An envelope knows type, tid and payload", "[base]") {
  Envelope envelope = Envelope::parse(R"({"type":1001,"tid":"t-1","greeting":{"name":"Ada","age":36}})");
  CHECK(envelope.type() == 1001);
  CHECK(envelope.tid() == "t-1");
  CHECK(envelope.errmsg().empty());
  CHECK(envelope.payload<Greeting>().name == "Ada");
  CHECK(envelope.payload<Greeting>().age == 36);
}

TEST_CASE("An envelope without tid has an empty one", "[base]") {
  CHECK(Envelope::parse(R"({"type":7})").tid().empty());
  CHECK(Envelope::parse(R"({"type":7,"tid":null})").tid().empty());
}

TEST_CASE("An optional payload may be missing and is left out when it says nothing", "[base]") {
  CHECK(Envelope::parse(R"({"type":1002})").payload<Question>().about.empty());
  CHECK(Envelope::parse(R"({"type":1002,"question":null})").payload<Question>().about.empty());
  CHECK(Envelope::parse(R"({"type":1002,"question":{"about":"x"}})").payload<Question>().about == "x");
  CHECK(error_of([] { Envelope::parse(R"({"type":1002,"question":7})").payload<Question>(); }) ==
        "question: expected an object, found 7");
  CHECK(encode_message(Question{}, "t") == R"({"type":1002,"tid":"t"})");
  CHECK(encode_message(Question{"x"}, "t") == R"({"type":1002,"tid":"t","question":{"about":"x"}})");
}

TEST_CASE("Views of an envelope stay valid when it is moved", "[base]") {
  auto text =
      GENERATE(as<std::string>(), R"({"type":0,"tid":"t","errmsg":"e"})",
               R"({"type":0,"tid":"t","errmsg":"e","more":"0123456789012345678901234567890123456789"})");
  Envelope first = Envelope::parse(text);
  std::string_view tid = first.tid();
  json::Value root = first.root();
  Envelope second = std::move(first);
  Envelope third;
  third = std::move(second);
  CHECK(tid == "t");
  CHECK(third.tid().data() == tid.data());
  CHECK(third.errmsg() == "e");
  CHECK(root.find("type").as_int(0, 0) == 0);
}

TEST_CASE("Text that is no message is refused with the reason", "[base]") {
  auto parse = [](std::string text) { return error_of([&] { Envelope::parse(std::move(text)); }); };
  CHECK(parse("[1]") == "expected an object, found an array");
  CHECK(parse("null") == "expected an object, found null");
  CHECK_THAT(parse("{}"), Contains("type: expected an integer"));
  CHECK_THAT(parse(R"({"type":"9"})"), Contains("type: expected an integer") && Contains("found a string"));
  CHECK_THAT(parse(R"({"type":9.0})"), Contains("found 9.0"));
  CHECK_THAT(parse(R"({"type":2147483648})"), Contains("to 2147483647, found 2147483648"));
  CHECK(parse(R"({"type":9,"tid":5})") == "tid: expected a string, found 5");
  CHECK(parse(R"({"type":0,"errmsg":[]})") == "errmsg: expected a string, found an array");
  CHECK_THAT(parse(R"({"type":9,"tid":"x")"), Contains("offset 19"));
}

TEST_CASE("A missing or null payload is an error that names it", "[base]") {
  auto payload = [](std::string text) {
    return error_of([&] { Envelope::parse(std::move(text)).payload<Greeting>(); });
  };
  CHECK(payload(R"({"type":1001})") == "greeting: the payload is missing");
  CHECK(payload(R"({"type":1001,"greeting":null})") == "greeting: the payload is missing");
  CHECK(payload(R"({"type":1001,"greeting":7})") == "greeting: expected an object, found 7");
  CHECK(payload(R"({"type":1001,"greeting":{"name":7}})") == "greeting: name: expected a string, found 7");
}

TEST_CASE("An error inside a list names the element", "[base]") {
  Envelope envelope = Envelope::parse(R"({"type":10001,"ls_log":{"files":[{"name":"a"},{"size":-1}]}})");
  CHECK(error_of([&] { envelope.payload<wire::LogList>(); }) ==
        "ls_log: files: [1]: size: expected an integer from 0 to 18446744073709551615, found -1");
}

TEST_CASE("A message without payload reads from an envelope without one", "[base]") {
  CHECK_NOTHROW(Envelope::parse(R"({"type":9})").payload<wire::Bar>());
}

TEST_CASE("A message is written as type, tid and payload", "[base]") {
  CHECK(encode_message(Greeting{"Ada", 0}, "t-1") ==
        R"({"type":1001,"tid":"t-1","greeting":{"name":"Ada"}})");
  CHECK(encode_message(Greeting{"Ada", 36}) == R"({"type":1001,"greeting":{"name":"Ada","age":36}})");
  CHECK(encode_message(wire::Foo{}, "t-1") == R"({"type":8,"tid":"t-1"})");
}

TEST_CASE("An error reply carries tid and text and is read back", "[base]") {
  const std::string text = encode_error("no such \"file\"", "t-1");
  CHECK(text == R"({"type":0,"tid":"t-1","errmsg":"no such \"file\""})");
  Envelope envelope = Envelope::parse(text);
  CHECK(envelope.type() == wire::kErrorType);
  CHECK(envelope.errmsg() == "no such \"file\"");
}

TEST_CASE("An error gains context in front and keeps its code", "[base]") {
  const Error error = Error(Errc::not_found, "no such file").within("read");
  CHECK(error.what() == std::string("read: no such file"));
  CHECK(error.code() == Errc::not_found);
}

TEST_CASE("A system error ends with the system's text", "[base]") {
  const Error error = system_error("open /x", ENOENT);
  CHECK(error.what() == std::string("open /x: No such file or directory"));
  CHECK(error.code() == Errc::io);
  CHECK(to_string(error.code()) == "io");
}
