#include "check_runner.hpp"

#include "cleaner.hpp"
#include "examples/logkit-agent/send/record_sender.hpp"
#include "examples/logkit-agent/send/write_rights.hpp"
#include "pipeline.hpp"
#include "reader_source.hpp"

namespace logkit {
namespace {

void warn_of_unknown(RunnerConfig& config, const PartOptions& options) {
  for (const std::string& name : options.unknown())
    config.warnings.push_back(options.where() + ": " + name + " is unknown");
}

}  // namespace

void check_runner(RunnerConfig& config) {
  const ReaderSource reader = read_reader_source(config);
  const LineSource& source = line_part(reader);
  const Pipeline pipeline(config, source);
  if (pipeline.has_header() && std::holds_alternative<StreamSource>(reader))
    config.parser.fail("csv_schema is missing: only files have a first line with the names of the columns");
  if (read_cleaner_options(config).is_enabled && std::holds_alternative<StreamSource>(reader))
    config.cleaner.fail("delete_enable: only readers of files have something to delete");
  const WriteRights rights{{}, std::make_shared<OwnFiles>()};
  for (const PartOptions& options : config.senders) make_sender(options, rights);
  config.warnings.insert(config.warnings.end(), source.warnings.begin(), source.warnings.end());
  for (const PartOptions* options : {&config.reader, &config.parser, &config.router, &config.cleaner})
    warn_of_unknown(config, *options);
  for (const PartOptions& options : config.transforms) warn_of_unknown(config, options);
  for (const PartOptions& options : config.senders) warn_of_unknown(config, options);
}

}  // namespace logkit
