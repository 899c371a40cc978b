#include "examples/logkit-agent/transform/transform.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "transform_scene.hpp"

using namespace logkit;
using Catch::Matchers::Contains;
using test::transformed;

namespace {

std::string line(const std::string& config, std::string_view text) {
  Arena arena;
  std::string why;
  const auto transform = test::make_transform(config);
  REQUIRE(transform->is_before_parser());
  return transform->apply_line(text, arena, why) == TransformResult::dropped ? "dropped" : std::string(text);
}

}  // namespace

TEST_CASE("Transforms take fields away, move and add them", "[examples]") {
  CHECK(transformed(R"("type": "discard", "key": "a, c.d")", R"({"a":1,"b":2,"c":{"d":1,"e":2}})") ==
        R"({"b":2,"c":{"e":2}})");
  CHECK(transformed(R"("type": "pick", "key": "b,c.d")", R"({"a":1,"b":2,"c":{"d":1,"e":2}})") ==
        R"({"b":2,"c":{"d":1}})");
  CHECK(transformed(R"("type": "pick", "key": "x")", R"({"a":1})") == "dropped");
  CHECK(transformed(R"("type": "rename", "key": "a", "new": "b.c")", R"({"a":1})") == R"({"b":{"c":1}})");
  CHECK(transformed(R"("type": "rename", "key": "a", "new": "b.c")", R"({"a":1,"b":2})") ==
        R"({"a":1,"b":2} failed: the field b.c cannot be made: a part of its path is no object)");
  CHECK(transformed(R"("type": "rename", "key": "x", "new": "y")", R"({"a":1})") ==
        R"({"a":1} failed: there is no field x)");
  CHECK(transformed(R"("type": "copy", "key": "a", "new": "b")", R"({"a":"x"})") == R"({"a":"x","b":"x"})");
  CHECK_THAT(transformed(R"("type": "copy", "key": "a", "new": "b")", R"({"a":1,"b":2})"),
             Contains("there already"));
  CHECK(transformed(R"("type": "copy", "key": "a", "new": "b", "override": true)", R"({"a":1,"b":2})") ==
        R"({"a":1,"b":1})");
  CHECK(transformed(R"("type": "label", "key": "dc", "value": "fra")", R"({"a":1})") ==
        R"({"a":1,"dc":"fra"})");
  CHECK_THAT(transformed(R"("type": "label", "key": "a", "value": "fra")", R"({"a":1})"),
             Contains("there already"));
  CHECK(transformed(R"("type": "concat", "key": "a,b", "new": "c", "joiner": "-")", R"({"a":1,"b":"x"})") ==
        R"({"a":1,"b":"x","c":"1-x"})");
}

TEST_CASE("Transforms remove records and lines", "[examples]") {
  CHECK(transformed(R"("type": "filter", "key": "a,b", "pattern": "^deb")", R"({"b":"debug"})") == "dropped");
  CHECK(transformed(R"("type": "filter", "key": "a", "pattern": "^deb")", R"({"a":"info"})") ==
        R"({"a":"info"})");
  CHECK(transformed(R"("type": "filter", "key": "a", "mode": "keep", "pattern": "^deb")",
                    R"({"a":"info"})") == "dropped");
  CHECK(transformed(R"("type": "filter", "key": "a")", R"({"a":1})") == "dropped");
  CHECK(line(R"("type": "discard", "key": "DEBUG", "stage": "before_parser")", "a DEBUG b") == "dropped");
  CHECK(line(R"("type": "pick", "key": "DEBUG", "stage": "before_parser")", "a DEBUG b") == "a DEBUG b");
}

TEST_CASE("Transforms change texts", "[examples]") {
  CHECK(line(R"("type": "replace", "old_string": "x", "new_string": "yy")", "axbx") == "ayybyy");
  CHECK(line(R"~("type": "replace", "old": "(\\d+)", "new": "<\\1>", "regex": true)~", "a12") == "a<12>");
  CHECK(transformed(
            R"("type": "replace", "key": "a", "stage": "after_parser", "old_string": "/", "new_string": "")",
            R"({"a":"/x/"})") == R"({"a":"x"})");
  CHECK(transformed(R"("type": "trim", "key": "a", "characters": "ab")", R"({"a":"abcba"})") ==
        R"({"a":"c"})");
  CHECK(transformed(R"("type": "trim", "key": "a", "characters": "ab", "place": "suffix")",
                    R"({"a":"abcba"})") == R"({"a":"abc"})");
  CHECK(transformed(R"("type": "case", "key": "a", "mode": "lower")", R"({"a":"ABÄ"})") == R"({"a":"abÄ"})");
  CHECK(transformed(R"("type": "substring", "key": "a", "new": "b", "start": 1, "end": 3)",
                    R"({"a":"äöüß"})") == R"({"a":"äöüß","b":"öü"})");
  CHECK(transformed(R"("type": "substring", "key": "a", "start": 9)", R"({"a":"abc"})") == R"({"a":""})");
  CHECK(transformed(R"("type": "split", "key": "a", "sep": ",", "new": "b")", R"({"a":"x,\"y\""})") ==
        R"({"a":"x,\"y\"","b":["x","\"y\""]})");
  CHECK(transformed(R"("type": "mapreplace", "key": "a", "map": "200 ok, 404 not found")", R"({"a":404})") ==
        R"({"a":"not found"})");
  CHECK_THAT(transformed(R"("type": "mapreplace", "key": "a", "map": "200 ok")", R"({"a":404})"),
             Contains("failed"));
  const test::TempDir dir;
  const std::string path = dir.write("map.json", R"({"a": "b", "1": 2})");
  CHECK(transformed(R"("type": "mapreplace", "key": "x", "map_file": ")" + path + "\"", R"({"x":"1"})") ==
        R"({"x":"2"})");
}

TEST_CASE("Transforms change the types of values", "[examples]") {
  CHECK(transformed(R"("type": "convert", "dsl": "a long, b float 1.5, c string, d bool, e jsonstring")",
                    R"({"a":"12.9","c":5,"d":"true","e":"{\"x\": [1]}"})") ==
        R"({"a":12,"c":"5","d":true,"e":{"x": [1]},"b":1.5})");
  CHECK(transformed(R"("type": "convert", "dsl": "a long, b long")", R"({"a":"x","b":"2"})") ==
        R"({"a":"x","b":2} failed: the field a has another form)");
  CHECK(transformed(R"("type": "json", "key": "a", "extract": true, "discard_key": true)",
                    R"({"a":"{\"x\":1}","b":2})") == R"({"b":2,"x":1})");
  CHECK(transformed(R"("type": "json", "key": "a", "new": "c")", R"({"a":"{\"x\":1}"})") ==
        R"({"a":"{\"x\":1}","c":{"x":1}})");
  CHECK_THAT(transformed(R"("type": "json", "key": "a")", R"({"a":"no"})"), Contains(R"({"a":"no"} failed)"));
  CHECK(transformed(R"("type": "keyvalue", "key": "a", "new": "c")", R"({"a":"x=1 y=z"})") ==
        R"({"a":"x=1 y=z","c":{"x":1,"y":"z"}})");
}

TEST_CASE("Transforms read and write dates", "[examples]") {
  CHECK(transformed(R"("type": "date", "key": "a", "timezone_offset": "0")",
                    R"({"a":"2006/01/02 15:04:05"})") == R"({"a":"2006-01-02T15:04:05Z"})");
  CHECK(transformed(R"("type": "date", "key": "a", "offset": -1)", R"({"a":1493797500346})") ==
        R"({"a":"2017-05-03T06:45:00.346Z"})");
  CHECK(transformed(
            R"("type": "date", "key": "a", "time_layout_before": "02.01.2006 15:04", "timezone_offset": "+8",
                 "time_layout_after": "2006-01-02 -0700")",
            R"({"a":"03.05.2017 07:45"})") == R"({"a":"2017-05-03 +0800"})");
  CHECK_THAT(transformed(R"("type": "date", "key": "a")", R"({"a":"soon"})"),
             Contains(R"({"a":"soon"} failed)"));
  CHECK(transformed(R"("type": "timestamp", "key": "a", "new": "b", "precision": "milliseconds")",
                    R"({"a":"2017-05-03T07:45:00.346Z"})") ==
        R"({"a":"2017-05-03T07:45:00.346Z","b":1493797500346})");
  CHECK_THAT(
      transformed(R"("type": "timestamp", "key": "a", "new": "b")", R"({"a":"2017-05-03T07:45:00Z","b":1})"),
      Contains("there already"));
}

TEST_CASE("A field whose name has dots goes before a member of an object", "[examples]") {
  CHECK(transformed(R"("type": "rename", "key": "a.b", "new": "c")", R"({"a.b":1,"a":{"b":2}})") ==
        R"({"a":{"b":2},"c":1})");
}

TEST_CASE("Transforms that cannot work are refused", "[examples]") {
  for (const char* config :
       {R"("type": "x")", R"("type": "rename", "key": "a")",
        R"~("type": "filter", "key": "a", "pattern": "(?=a)")~", R"("type": "convert", "dsl": "a what")",
        R"("type": "convert", "dsl": "a long, a float")", R"("type": "split", "key": "a", "sep": ",")",
        R"("type": "date", "key": "a", "offset": "x")", R"("type": "discard")",
        R"("type": "mapreplace", "key": "a")", R"("type": "replace", "key": "a")",
        R"("type": "case", "key": "a", "stage": "later")"})
    CHECK_THROWS_AS(test::make_transform(config), agent::Error);
  CHECK_THROWS_WITH(test::make_transform(R"("type": "xml")"),
                    Contains("'xml' is unknown; known are arrayexpand, case, concat, convert"));
}

TEST_CASE("No transform changes a record without its field or with one of another type", "[examples]") {
  const std::string other = R"({"b":{"c":[1]},"n":"x"})";
  for (const char* config :
       {R"("type": "rename", "key": "a", "new": "z")",
        R"("type": "copy", "key": "a", "new": "z")",
        R"("type": "concat", "key": "b.c,a", "new": "z")",
        R"("type": "replace", "key": "a", "old": "x", "new": "y", "stage": "after_parser")",
        R"("type": "trim", "key": "a", "characters": "x")",
        R"("type": "case", "key": "a", "mode": "upper")",
        R"("type": "substring", "key": "a", "start": 1)",
        R"("type": "split", "key": "a", "sep": ",", "new": "z")",
        R"("type": "mapreplace", "key": "a", "map": "x y")",
        R"("type": "date", "key": "a")",
        R"("type": "timestamp", "key": "a", "new": "z")",
        R"("type": "json", "key": "a", "new": "z")",
        R"("type": "keyvalue", "key": "a", "new": "z")",
        R"("type": "urlparam", "key": "a")",
        R"("type": "urlconvert", "key": "a")",
        R"("type": "arrayexpand", "key": "a")",
        R"("type": "number2ip", "key": "a")",
        R"("type": "k8stag", "sourcefilefield": "a")",
        R"("type": "date", "key": "b")",
        R"("type": "timestamp", "key": "b", "new": "z")",
        R"("type": "json", "key": "n", "new": "z")",
        R"("type": "keyvalue", "key": "n", "new": "z")",
        R"("type": "arrayexpand", "key": "n")",
        R"("type": "number2ip", "key": "n")",
        R"("type": "convert", "dsl": "n long")",
        R"("type": "convert", "dsl": "b long")",
        R"("type": "convert", "dsl": "a long")",
        R"("type": "label", "key": "n", "value": "v")",
        R"("type": "label", "key": "n.x", "value": "v")",
        R"("type": "copy", "key": "b.c", "new": "n.x")"}) {
    CAPTURE(config);
    CHECK_THAT(transformed(config, other), Catch::StartsWith(other + " failed: "));
  }
  // There is nothing to do for these.
  for (const char* config : {R"("type": "discard", "key": "a")", R"("type": "discard", "key": "b.x")",
                             R"("type": "filter", "key": "a", "pattern": "x")"})
    CHECK(transformed(config, other) == other);
  CHECK(transformed(R"("type": "rename", "key": "b.c", "new": "n")", other) == R"({"b":{},"n":[1]})");
}
