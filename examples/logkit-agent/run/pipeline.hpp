// Pipeline: what happens to a line on its way into a batch: decoding, parsing, tags, routing.
//
// Belongs to its runner's thread, and its counters, too.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "batch.hpp"
#include "error_history.hpp"
#include "examples/logkit-agent/parse/parser.hpp"
#include "examples/logkit-agent/read/line_source.hpp"
#include "examples/logkit-agent/read/line_spool.hpp"
#include "examples/logkit-agent/read/tailed_file.hpp"
#include "examples/logkit-agent/transform/transform.hpp"
#include "record_router.hpp"
#include "runner_config.hpp"

namespace logkit {

struct StageCounts {
  std::uint64_t success = 0;
  std::uint64_t errors = 0;
  std::string last_error;
};

struct PipelineCounts {
  std::uint64_t bytes = 0;      // that were read, with line ends
  std::uint64_t lines = 0;      // that were not blank
  std::uint64_t cut_lines = 0;  // longer than the limit
  std::uint64_t cut_bytes = 0;
  StageCounts parser;                             // lines
  std::map<std::string, StageCounts> transforms;  // "<type>-<number>"
};

class Pipeline final : RecordSink {
 public:
  // Throws Errc::bad_config.
  Pipeline(const RunnerConfig& config, const LineSource& source);

  // Puts the records of a line into the batch, and notes up to where its file has come.
  void add(TailedFile& file, const Line& line, Batch& batch);
  // The same for a line that lay in the spool of that id.
  void add(const std::string& spool, const SpooledLine& line, LineDecoder& decoder, Batch& batch);
  // The records of one line that came from nowhere: for trying a configuration. False: the parser failed.
  bool add_text(std::string_view text, Batch& batch);

  // Lines are of no use without their file's first one.
  bool has_header() const { return frame_.parser->has_header(); }

  const PipelineCounts& counts() const { return counts_; }
  // Those of lines have no text of the lines: the same fault is the same error.
  ErrorHistory& parse_errors() { return parse_errors_; }
  ErrorHistory& transform_errors() { return transform_errors_; }

 private:
  Record& record() override;
  void done() override;
  bool parse(std::string_view text);
  bool take_header(TailedFile& file, const Line& line, std::string_view text);
  struct Step {
    std::unique_ptr<Transform> transform;
    std::string name;
    StageCounts* counts;
  };
  void note(const Step& step, TransformResult result);
  bool transform_line(std::string_view& text);
  bool transform_record();
  void add_tags();
  bool note_place(TailedFile& file, const Line& line, Batch& batch);
  bool note_cut(std::size_t kept, std::uint64_t cut);
  std::string_view source();
  std::string position() const;

  ParserFrame frame_;
  RecordRouter router_;
  std::string source_tag_, encode_tag_, position_tag_, encoding_;
  bool skips_long_;
  PipelineCounts counts_;
  ErrorHistory parse_errors_;
  ErrorHistory transform_errors_;
  std::vector<Step> line_transforms_;
  std::vector<Step> record_transforms_;

  Batch* batch_ = nullptr;
  TailedFile* file_ = nullptr;
  const Line* line_ = nullptr;
  const std::string* spool_ = nullptr;
  const SpooledLine* spooled_ = nullptr;
  std::string_view text_;
  Arena unused_;
  Record record_{unused_};
  std::string why_;

  // Names the file whose first line the parser has.
  std::string header_id_;
  std::uint64_t header_generation_ = 0;

  const TailedFile* path_file_ = nullptr;  // whose path is in the arena
  std::uint64_t path_serial_ = 0;
  std::string_view path_;
};

}  // namespace logkit
