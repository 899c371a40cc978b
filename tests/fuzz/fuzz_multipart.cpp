// A multipart body: the first line is the Content-Type.
#include "http/multipart.hpp"

#include <fmt/format.h>

#include "agent/error.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using server::MultipartParser;
using Event = MultipartParser::Event;

constexpr server::MultipartLimits kLimits{.part_head = 256, .parts = 8, .preamble = 256};

std::string transcript(std::string_view type, std::string_view body, std::size_t step) {
  std::string told;
  try {
    MultipartParser parser(type, kLimits);
    for (;;) {
      switch (parser.next()) {
        case Event::need_more:
          if (body.empty()) parser.finish();
          parser.feed(fuzz::take(body, step));
          break;
        case Event::part:
          fuzz::require(!parser.name().empty(), "a part without a name");
          told += fmt::format("part {} {}\n", parser.name(), parser.filename().value_or("-"));
          break;
        case Event::data:
          fuzz::require(!parser.data().empty(), "a piece without bytes");
          told += parser.data();
          break;
        case Event::part_end: told += "|\n"; break;
        case Event::end: parser.finish(); return told + "end";
      }
    }
  } catch (const agent::Error& error) {
    told += fmt::format("error {}", static_cast<int>(error.code()));
  }
  return told;
}

}  // namespace

void fuzz::multipart(std::string_view input) {
  const std::string_view type = take_line(input);
  same_for_all_steps([type](std::string_view body, std::size_t step) { return transcript(type, body, step); },
                     input);
}
