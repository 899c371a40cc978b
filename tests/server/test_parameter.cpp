#include <catch2/catch.hpp>

#include "http/parameter.hpp"
#include "http/reply.hpp"

using namespace server;

namespace {

const std::vector<Parameter> kPage{
    {.name = "page", .type = Type::integer, .summary = "", .fallback = 1, .min = 1},
    {.name = "type", .summary = ""},
    {.name = "files", .type = Type::list, .summary = ""},
};

Arguments read(std::string_view query) { return Arguments(kPage, {}, parse_query(query)); }

std::string refusal(const std::vector<Parameter>& declared, std::string_view query) {
  try {
    Arguments(declared, {}, parse_query(query));
  } catch (const RequestError& error) {
    return std::to_string(error.status) + " " + error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("A query is split and decoded", "[server]") {
  CHECK(parse_query("a=1&b=x%20y+z&c&&d=%2") == Query{{"a", "1"}, {"b", "x y z"}, {"c", ""}, {"d", "%2"}});
  CHECK(parse_query("").empty());
  CHECK(parse_query("=x&k=a=b") == Query{{"", "x"}, {"k", "a=b"}});
}

TEST_CASE("Percent-decoding leaves broken escapes as they are", "[server]") {
  CHECK(percent_decode("%41%4a%4A%zz%4") == "AJJ%zz%4");
  CHECK(percent_decode("a+b") == "a+b");
  CHECK(percent_decode("%") == "%");
}

TEST_CASE("Integers have their fallback, their smallest value and no other text", "[server]") {
  CHECK(read("").integer("page") == 1);
  CHECK(read("page=7").integer("page") == 7);
  CHECK(read("page=7&page=9").integer("page") == 7);
  CHECK(refusal(kPage, "page=") == "400 bad param: page: '' is not an integer");
  CHECK(refusal(kPage, "page=&page=3") == "400 bad param: page: '' is not an integer");
  CHECK(refusal(kPage, "page=0") == "400 bad param: page: 0 is less than 1");
  CHECK(refusal(kPage, "page=abc") == "400 bad param: page: 'abc' is not an integer");
  CHECK(refusal(kPage, "page=1x") == "400 bad param: page: '1x' is not an integer");
  CHECK(refusal(kPage, "page=99999999999999999999") ==
        "400 bad param: page: '99999999999999999999' is not an integer");
}

TEST_CASE("Lists are repeated keys, commas split too, one empty value is none", "[server]") {
  using List = std::vector<std::string>;
  CHECK(read("files=a&files=b").list("files") == List{"a", "b"});
  CHECK(read("files=a,b&files=c").list("files") == List{"a", "b", "c"});
  CHECK(read("files=").list("files").empty());
  CHECK(read("files=a%252c%25b,c").list("files") == List{"a,b", "c"});
  CHECK(read("files=,a,").list("files") == List{"a"});
}

TEST_CASE("A required parameter that is absent or empty is named", "[server]") {
  const std::vector<Parameter> declared{
      {.name = "files", .type = Type::list, .summary = "", .required = true}};
  CHECK(refusal(declared, "") == "400 Missing [files]");
  CHECK(refusal(declared, "files=") == "400 Missing [files]");
  CHECK(refusal(declared, "files=a") == "accepted");
}

TEST_CASE("Path parameters take the values in their order", "[server]") {
  const std::vector<Parameter> declared{
      {.name = "id", .in = In::path, .summary = ""},
      {.name = "pid", .in = In::path, .type = Type::integer, .summary = ""}};
  Arguments arguments(declared, {"web-1", "42"}, {});
  CHECK(arguments.text("id") == "web-1");
  CHECK(arguments.integer("pid") == 42);
  CHECK_THROWS_AS(Arguments(declared, {"web-1", "x"}, {}), RequestError);
}
