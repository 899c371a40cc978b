// The configuration of a runner of logkit-agent, which is checked in full.
#include <agent/error.hpp>

#include "examples/logkit-agent/run/check_runner.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz::logkit_runner(std::string_view input) {
  try {
    logkit::RunnerConfig config = logkit::parse_runner(input, "fuzz");
    require(logkit::is_runner_name(config.name), "a name that is none");
    require(!config.senders.empty() && !config.reader.empty(), "a part is missing");
    require(config.batch_interval.count() > 0 && config.batch_size >= 4096, "a batch that never ends");
    logkit::check_runner(config);
    for (const std::string& warning : config.warnings) require(!warning.empty(), "an empty warning");
  } catch (const agent::Error& error) {
    require(error.code() == agent::Errc::bad_config && error.what()[0] != '\0',
            std::string("another error: ") + error.what());
  }
}
