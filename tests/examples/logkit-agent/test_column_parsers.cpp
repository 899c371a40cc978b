// The parsers csv and KV.
#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "parse_scene.hpp"

using Catch::Matchers::Contains;
using test::ParseScene;

TEST_CASE("csv makes fields of columns by their types", "[examples]") {
  ParseScene csv(R"("type": "csv", "csv_splitter": ",", "csv_schema": "a long, b string, c float, e date",
                    "timezone_offset": "+8")");
  CHECK(csv.one("1, two words ,3.50,2017-05-03 07:45:00") ==
        R"({"a":1,"b":"two words","c":3.50,"e":"2017-05-03T07:45:00+08:00"})");
  CHECK(csv.one(R"(1493797500346428926,"a,""b""",,2017-05-03T07:45:00Z)") ==
        R"({"a":1493797500346428926,"b":"a,\"b\"","c":0,"e":"2017-05-03T07:45:00Z"})");
  CHECK(csv.one("x,b,1,2017-05-03") == "failed: has another type in column a");
  CHECK(csv.one("1,b,1") == "failed: has 3 columns instead of 4");
  CHECK(csv.one("1,b,1,2017-05-03,5") == "failed: has 5 columns instead of 4");
  CHECK(csv.one("007,b,+.5,2017-05-03") == R"({"a":7,"b":"b","c":0.5,"e":"2017-05-03T00:00:00+08:00"})");
  CHECK_THAT(csv.one("1,b,1,"), Contains(R"("e":"20)"));
}

TEST_CASE("csv expands JSON objects in a column", "[examples]") {
  ParseScene csv(
      R"("type": "csv", "csv_splitter": " ", "csv_schema": "a long, b string, c float, d jsonmap, e date")");
  CHECK(csv.one(R"(123 fufu 3.14 {"x":1,"y":"2"} 2017-04-05T18:30:00Z)") ==
        R"({"a":123,"b":"fufu","c":3.14,"d-x":1,"d-y":"2","e":"2017-04-05T18:30:00Z"})");
  CHECK(csv.one("123 fufu 3.14  2017-04-05T18:30:00Z") ==
        R"({"a":123,"b":"fufu","c":3.14,"e":"2017-04-05T18:30:00Z"})");
  CHECK_THAT(csv.one("123 fufu 3.14 [] 2017-04-05T18:30:00Z"),
             Contains("failed: has no JSON object in column d"));
  ParseScene some(
      R"("type": "csv", "csv_schema": "d jsonmap{x long, y string}, z string", "csv_splitter": "|")");
  CHECK(some.one(R"({"x":"5","y":7,"w":1}|q)") == R"({"d-x":5,"d-y":7,"z":"q"})");
}

TEST_CASE("csv takes other numbers of columns when it is allowed to", "[examples]") {
  ParseScene loose(
      R"("type": "csv", "csv_splitter": ",", "csv_schema": "a long, b string", "csv_allow_no_match": true)");
  CHECK(loose.one("1") == R"({"a":1})");
  CHECK(loose.one("1,2,3") == R"({"a":1,"b":"2"})");
  ParseScene more(R"("type": "csv", "csv_splitter": ",", "csv_schema": "a long", "csv_allow_more": "more",
                     "csv_more_start_number": "5")");
  CHECK(more.one("1,x,y") == R"({"a":1,"more5":"x","more6":"y"})");
  ParseScene wide(R"("type": "csv", "csv_splitter": ",", "csv_schema": "a long, b string, c long",
                     "csv_contain_splitter_key": "b")");
  CHECK(wide.one("1,x,y,z,2") == R"({"a":1,"b":"x,y,z","c":2})");
  ParseScene invalid(
      R"("type": "csv", "csv_splitter": ",", "csv_schema": "a long, x-y string", "csv_ignore_invalid": true,
                        "csv_auto_rename": true)");
  CHECK(invalid.one("x,y") == R"({"x_y":"y"})");
}

TEST_CASE("csv without a schema takes the names from the first line and texts as values", "[examples]") {
  ParseScene csv(R"("type": "csv", "csv_splitter": ",", "csv_auto_rename": true)");
  REQUIRE(csv.parser().has_header());
  csv.parser().set_header(R"( a-b ,"c,d",e)");
  CHECK(csv.one("1,two,") == R"({"a_b":"1","c,d":"two","e":""})");
  CHECK(csv.one("1,2") == "failed: has 2 columns instead of 3");
  CHECK(csv.one("1,2,3,4") == "failed: has 4 columns instead of 3");
  csv.parser().set_header("x");
  CHECK(csv.one("1") == R"({"x":"1"})");
  for (const auto& [header, reason] : {std::pair{"a,b,a", "has the name a twice"},
                                       {"a,,b", "has no name for column 2"},
                                       {"", "has no name for column 1"}}) {
    csv.parser().set_header(header);
    CHECK(csv.one("1,2,3") == std::string("failed: has no columns: its file's first line ") + reason);
  }
  ParseScene wide(R"("type": "csv", "csv_splitter": ",", "csv_contain_splitter_key": "b",
                     "csv_allow_no_match": true, "csv_allow_more": "more")");
  wide.parser().set_header("a,b");
  CHECK(wide.one("1,x,y") == R"({"a":"1","b":"x,y"})");
  CHECK(wide.one("1") == R"({"a":"1"})");
  wide.parser().set_header("a");
  CHECK(wide.one("1,x,y") == "failed: has no columns: its file's first line has no column b");
  CHECK_FALSE(ParseScene(R"("type": "csv", "csv_schema": "a long")").parser().has_header());
}

TEST_CASE("csv schemas that cannot be are refused", "[examples]") {
  for (const char* schema :
       {"a", "a long, a string", "a whatever", "a jsonmap{x long", "a jsonmap{x long}}", "a jsonmapx"})
    CHECK_THROWS_AS(ParseScene(std::string(R"("type": "csv", "csv_schema": ")") + schema + "\""),
                    agent::Error);
}

TEST_CASE("KV finds pairs with and without quotes", "[examples]") {
  ParseScene kv(R"("type": "KV")");
  CHECK(kv.one("level=info msg=\"hello = world\" took=1.5 n=12") ==
        R"({"level":"info","msg":"hello = world","took":1.5,"n":12})");
  CHECK(kv.one("foo=\"\"") == R"({"foo":""})");
  CHECK(kv.one("foo=") == R"({"foo":""})");
  CHECK(kv.one("foo= bar=1") == R"({"foo":"","bar":1})");
  CHECK(kv.one("foo==") == R"({"foo":"="})");
  CHECK(kv.one("fo o=x") == R"({"fo o":"x"})");
  CHECK(kv.one("a=one two b=three four") == R"({"a":"one two","b":"three four"})");
  CHECK(kv.one("a=\"x b=1") == R"({"a":"\"x","b":1})");
  CHECK(kv.one("ok=true no=f one=1") == R"({"ok":true,"no":false,"one":1})");
  CHECK(kv.one("n=12345678901234567890123") == R"({"n":12345678901234567890123})");
  CHECK(kv.one("url=http://a/?x=1 b=2") == R"({"url":"http://a/?x=1","b":2})");
  CHECK_THAT(kv.one("nothing here"), Contains("failed"));
  CHECK_THAT(kv.one("=x"), Contains("failed"));
  ParseScene text(R"("type": "logfmt", "splitter": ":", "keep_string": "true")");
  CHECK(text.one("a:1 b:true") == R"({"a":"1","b":"true"})");
}
