// ReaderSource: what a runner reads, by the options of its reader: files, or a stream. Pure but for looking
// at directories.
#pragma once

#include <variant>

#include "examples/logkit-agent/read/file_source.hpp"
#include "examples/logkit-agent/read/stream_source.hpp"
#include "runner_config.hpp"

namespace logkit {

using ReaderSource = std::variant<FileSource, StreamSource>;

// Throws Errc::bad_config, for an unknown mode with the list of the known ones.
ReaderSource read_reader_source(const RunnerConfig& config);

// What both have.
const LineSource& line_part(const ReaderSource& source);

}  // namespace logkit
