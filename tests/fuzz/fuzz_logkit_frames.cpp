// The messages of a stream: RFC 6587, JSON values, lines.
#include "examples/logkit-agent/read/frame_splitter.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace logkit;

constexpr std::array kFramings{Framing::syslog, Framing::json, Framing::line, Framing::packet};

std::string frames(Framing framing, const LineSplitter::Options& lines, std::string_view bytes,
                   std::size_t step) {
  const std::unique_ptr<FrameSplitter> splitter = make_frame_splitter(framing, lines);
  std::string out;
  std::uint64_t sum = 0;
  const std::size_t size = bytes.size();
  const FrameSink sink = [&](const Frame& frame) {
    fuzz::require(frame.text.size() <= lines.max_line, "a message beyond the limit");
    sum += frame.text.size() + frame.cut;
    out += std::to_string(frame.cut) + " ";
    out += frame.text;
    out += '\n';
  };
  while (!bytes.empty()) splitter->feed(fuzz::take(bytes, step), sink);
  splitter->finish(sink);
  fuzz::require(!splitter->has_rest(), "something is left behind the end");
  fuzz::require(sum <= size, "messages of more bytes than there were");
  return out;
}

}  // namespace

// Bits 0 and 1: the framing; 2: short messages only; 3: lines are joined to records that begin with '<'.
void fuzz::logkit_frames(std::string_view input) {
  const unsigned byte = take_byte(input);
  const Framing framing = kFramings[byte & 3];
  LineSplitter::Options lines;
  lines.max_line = (byte & 4) != 0 ? 24 : 64 * 1024;
  lines.block = 4096;
  const bool has_records = (byte & 8) != 0;
  if (has_records) lines.is_head = [](std::string_view line) { return line.starts_with('<'); };
  const auto transcript = [&](std::string_view bytes, std::size_t step) {
    return frames(framing, lines, bytes, step);
  };
  same_for_all_steps(transcript, input);
  split_datagram(input, framing, lines, [](const Frame&) {});
}
