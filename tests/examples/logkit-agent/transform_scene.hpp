// A transform on a record that is given as JSON.
#pragma once

#include <agent/json_value.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "examples/logkit-agent/parse/json_members.hpp"
#include "examples/logkit-agent/transform/transform.hpp"

namespace test {

inline std::unique_ptr<logkit::Transform> make_transform(const std::string& config) {
  const auto document = agent::json::Document::parse("{" + config + "}");
  return logkit::make_transform(logkit::PartOptions(document.root(), "transforms[0]"));
}

// What becomes of a record; "failed: …" behind it when the transform did, "dropped".
inline std::string transformed(const std::string& config, const std::string& json) {
  logkit::Arena arena;
  logkit::Record record(arena);
  REQUIRE(logkit::add_json_members(json, record));
  std::string why;
  const logkit::TransformResult result = make_transform(config)->apply(record, why);
  if (result == logkit::TransformResult::dropped) return "dropped";
  std::string out;
  logkit::append_json(out, record.fields());
  return result == logkit::TransformResult::failed ? out + " failed: " + why : out;
}

}  // namespace test
