#include "http/body_keys.hpp"

#include <catch2/catch.hpp>

using server::BodyKeys;
using server::IgnoredKeys;

namespace {

const std::string kSchema =
    R"({"type":"object","properties":{"cmd":{"type":"string"},"timeout":{"type":"integer"},)"
    R"("where":{"type":"object","properties":{"user":{"type":"string"}}},)"
    R"("files":{"type":["array","null"],"items":{"type":"object","properties":{"name":{"type":"string"}}}},)"
    R"("labels":{"type":"object","additionalProperties":{"type":"string"}}}})";

std::string ignored(const std::string& body, const std::string& schema = kSchema) {
  IgnoredKeys keys;
  const agent::json::Document document = agent::json::Document::parse(body);
  BodyKeys(schema).find_ignored(document.root(), keys);
  return keys.header();
}

}  // namespace

TEST_CASE("A key that nobody knows is named, with the nearest that is known", "[server]") {
  CHECK(ignored(R"({"cmd":"x","timeout":1})").empty());
  CHECK(ignored(R"({"cmd":"x","tiemout":1})") == "tiemout;nearest=timeout");
  CHECK(ignored(R"({"colour":1,"cdm":2,"colour":3})") == "colour, cdm;nearest=cmd");
}

TEST_CASE("Keys are known in any case, as they are read", "[server]") {
  CHECK(ignored(R"({"CMD":"x","Timeout":1})").empty());
}

TEST_CASE("Keys of what is inside are named by their path", "[server]") {
  CHECK(ignored(R"({"where":{"user":"a","usr":"b"}})") == "where.usr;nearest=user");
  CHECK(ignored(R"({"files":[{"name":"a"},{"size":1},{"size":2}]})") == "files.size");
  CHECK(ignored(R"({"labels":{"any":"thing"}})").empty());
}

TEST_CASE("No key is ignored where any may stand, and only objects have keys", "[server]") {
  CHECK(ignored(R"({"a":1})", "").empty());
  CHECK(ignored(R"({"a":1})", R"({"type":"object","properties":{"b":{}},"additionalProperties":true})")
            .empty());
  CHECK(ignored("7").empty());
  CHECK(ignored("null").empty());
}

TEST_CASE("A key cannot bring anything but letters into a header", "[server]") {
  CHECK(ignored("{\"a\\r\\nb: c,d%\":1}") == "a%0D%0Ab%3A%20c%2Cd%25");
  CHECK(ignored(R"({"caf\u00e9":1})") == "caf%C3%A9");
}

TEST_CASE("The header has at most a kilobyte and says how many keys are missing", "[server]") {
  std::string body = "{";
  for (int i = 0; i < 1000; ++i) body += "\"unknown-key-number-" + std::to_string(i) + "\":1,";
  const std::string header = ignored(body + "\"cmd\":1}");
  CHECK(header.size() <= server::kIgnoredKeysLimit);
  CHECK_THAT(header, Catch::StartsWith("unknown-key-number-0, unknown-key-number-1, ") &&
                         Catch::Matches(".*, \\+9\\d\\d"));
  const std::string long_key(5000, 'k');
  CHECK(ignored("{\"" + long_key + "\":1}").size() < 300);
}

TEST_CASE("A field of a form is known by its exact name", "[server]") {
  IgnoredKeys keys;
  const BodyKeys known(kSchema);
  for (const char* name : {"cmd", "Cmd", "cmd", "where"}) known.check_field(name, keys);
  CHECK(keys.header() == "Cmd;nearest=cmd");
}
