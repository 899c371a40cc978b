// Parser: makes records of lines. One object for each runner; not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "examples/logkit-agent/run/part_options.hpp"
#include "record.hpp"

namespace logkit {

// Takes the records that a parser makes.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // The next record, empty until the parser fills it.
  virtual Record& record() = 0;
  // It is complete.
  virtual void done() = 0;
};

class Parser {
 public:
  virtual ~Parser() = default;
  // Makes records of one line, which is valid UTF-8 and lives as long as they do. False: the line has another
  // form, no record was made, and `why` says so; what record() holds then is thrown away.
  virtual bool parse(std::string_view line, RecordSink& sink, std::string& why) = 0;

  // The first line of a file is no record, and says what the others are: it goes to set_header() before any
  // of them is parsed, and again whenever lines of another file follow. "": there is no such line.
  virtual bool has_header() const { return false; }
  virtual void set_header(std::string_view) {}
};

// What parsers have in common.
struct ParserFrame {
  std::unique_ptr<Parser> parser;
  bool drops_failed = false;  // `disable_record_errdata`: a line that fails is no record
  bool keeps_raw = false;     // `keep_raw_data`: the field raw_data has the line
  std::vector<std::pair<std::string, std::string>> labels;  // constants; a field of that name stays
};

// `options`: the runner's "parser", raw when it is empty. Throws Errc::bad_config, for an unknown type with
// the list of the known ones.
ParserFrame make_parser(const PartOptions& options);

}  // namespace logkit
