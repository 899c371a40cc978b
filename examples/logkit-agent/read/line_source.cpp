#include "line_source.hpp"

#include <agent/error.hpp>
#include <memory>
#include <optional>

#include "examples/logkit-agent/parse/text_pattern.hpp"

namespace logkit {
namespace {

void read_encoding(const PartOptions& options, LineSource& source) {
  source.tail.encoding = options.text("encoding", "UTF-8");
  try {
    LineDecoder(source.tail.encoding, {});
  } catch (const agent::Error& error) {
    source.warnings.push_back(std::string("reader: encoding: ") + error.what() +
                              "; the bytes are taken as UTF-8");
    source.tail.encoding.clear();
  }
}

void read_pace(const PartOptions& options, LineSource& source) {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  source.pace.bytes_per_second = kMegabyte * options.number("readio_limit", 0, 0, 1'000'000);
  const std::string text = options.text("run_time");
  if (text.empty()) return;
  const std::optional<DayWindow> window = parse_day_window(text);
  if (!window) options.fail("run_time: '" + text + "' is no window such as 02:30-18:00");
  source.pace.window = *window;
}

// The expression sees the bytes of a line as they are.
void read_head_pattern(const PartOptions& options, LineSource& source) {
  const std::string expression = options.text("head_pattern");
  if (expression.empty()) return;
  if (LineDecoder(source.tail.encoding, {}).unit() != Unit::byte)
    options.fail("head_pattern: it does not work with UTF-16");
  try {
    const auto pattern = std::make_shared<TextPattern>(expression);
    source.tail.lines.is_head = [pattern](std::string_view line) { return pattern->finds(line); };
  } catch (const agent::Error& error) {
    options.fail(std::string("head_pattern: ") + error.what());
  }
}

}  // namespace

void read_line_options(const PartOptions& options, std::size_t max_line, LineSource& source) {
  source.source_tag = options.text("datasource_tag");
  source.encode_tag = options.text("encode_tag");
  source.position_tag = options.text("position_tag");
  source.tail.line_timeout = options.duration("line_timeout", source.tail.line_timeout);
  source.tail.lines.max_line = max_line;
  source.skips_long = options.one_of("long_lines", "cut", {"cut", "skip"}) == "skip";
  read_encoding(options, source);
  read_head_pattern(options, source);
  read_pace(options, source);
}

}  // namespace logkit
