// ParseScene: a parser by its configuration, and the records that it makes, as JSON.
#pragma once

#include <agent/json_value.hpp>
#include <list>
#include <string>
#include <vector>

#include "examples/logkit-agent/parse/parser.hpp"

namespace test {

class ParseScene : logkit::RecordSink {
 public:
  // `config`: the members of the parser's object.
  explicit ParseScene(const std::string& config)
      : document_(agent::json::Document::parse("{" + config + "}")),
        frame_(logkit::make_parser(logkit::PartOptions(document_.root(), "parser"))) {}

  // The records of a line; "failed: …" when the parser does.
  std::vector<std::string> operator()(const std::string& line) {
    records_.clear();
    std::string why;
    lines_.push_back(line);
    if (!frame_.parser->parse(lines_.back(), *this, why)) return {"failed: " + why};
    return records_;
  }
  // The record of a line that becomes one.
  std::string one(const std::string& line) {
    const std::vector<std::string> all = (*this)(line);
    return all.size() == 1 ? all.front() : std::to_string(all.size()) + " records";
  }
  logkit::Parser& parser() { return *frame_.parser; }

 private:
  logkit::Record& record() override {
    record_.clear();
    return record_;
  }
  void done() override { logkit::append_json(records_.emplace_back(), record_.fields()); }

  agent::json::Document document_;
  logkit::ParserFrame frame_;
  logkit::Arena arena_;
  logkit::Record record_{arena_};
  std::list<std::string> lines_;
  std::vector<std::string> records_;
};

}  // namespace test
