// RunnerConfig: what one runner does, in the JSON form of logkit (docs/logs.md).
//
// It is the outer shape only: each part reads its own PartOptions when it is made. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "part_options.hpp"

namespace logkit {

struct RunnerConfig {
  std::string name;
  bool is_stopped = false;
  // A batch goes on its way when one of these is reached.
  std::size_t batch_lines = 0;               // 0: no limit
  std::size_t batch_size = 2 * 1024 * 1024;  // bytes that were read, 4Ki to 64Mi
  std::chrono::nanoseconds batch_interval = std::chrono::seconds(1);
  std::size_t errors_list_cap = 100;        // different errors of each kind that the status has, 1 to 1000
  std::size_t max_line = 16 * 1024 * 1024;  // bytes; `max_line_len`, 0: this
  PartOptions reader;
  PartOptions parser;
  std::vector<PartOptions> transforms;
  std::vector<PartOptions> senders;
  PartOptions cleaner;  // empty: nothing is deleted
  PartOptions router;   // empty: each sender gets everything
  // What is odd and does no harm.
  std::vector<std::string> warnings;
};

// `name`: of the runner when the text has none. '#' starts a comment, but not within a string. Throws
// Errc::bad_config with the place of the first fault.
RunnerConfig parse_runner(std::string_view text, std::string_view name = {});

// Letters, digits, '.', '_' and '-', 1 to 128 of them, and not "." or "..".
bool is_runner_name(std::string_view name);

// The text without comments; line ends stay.
std::string without_comments(std::string_view text);

}  // namespace logkit
