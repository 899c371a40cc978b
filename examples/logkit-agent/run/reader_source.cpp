#include "reader_source.hpp"

namespace logkit {

ReaderSource read_reader_source(const RunnerConfig& config) {
  if (!is_stream_mode(config.reader)) return read_file_source(config.reader, config.max_line);
  return read_stream_source(config.reader, config.max_line, config.parser.text("type") == "syslog");
}

const LineSource& line_part(const ReaderSource& source) {
  return std::visit([](const LineSource& part) -> const LineSource& { return part; }, source);
}

}  // namespace logkit
