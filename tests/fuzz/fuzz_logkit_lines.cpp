// The bytes of a log file, in any encoding, as they are split into lines and decoded.
#include <agent/utf8.hpp>
#include <cstring>

#include "examples/logkit-agent/read/line_decoder.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace logkit;

constexpr std::array<const char*, 8> kEncodings{"",    "UTF-16",  "UTF-16LE", "UTF-16BE",
                                                "GBK", "GB18030", "Big5",     "latin1"};

struct Setup {
  LineSplitter::Options options;
  const char* encoding;
};

// Bits 0 to 2: the encoding; 3: records begin with 'A'; 4: short lines only; 5: small blocks; 6: "\r" stays.
Setup setup_of(unsigned byte) {
  Setup setup{{}, kEncodings[byte & 7]};
  if ((byte & 16) != 0) setup.options.max_line = 24;
  setup.options.block = (byte & 32) != 0 ? 16 : 4096;
  setup.options.keeps_return = (byte & 64) != 0;
  const bool has_records = (byte & 8) != 0;
  if (has_records) setup.options.is_head = [](std::string_view line) { return line.starts_with('A'); };
  return setup;
}

// What the lines are, and that they cover the bytes.
class Lines {
 public:
  Lines(const Setup& setup, std::string_view bytes)
      : decoder_(setup.encoding, bytes.substr(0, 2)), options_(setup.options) {
    options_.unit = decoder_.unit();
    if (options_.unit != Unit::byte) options_.is_head = nullptr;
  }

  std::string read(std::string_view bytes, std::size_t step) {
    const std::size_t size = bytes.size();
    LineSplitter splitter(options_);
    Line line;
    while (!bytes.empty()) {
      const std::span<char> room = splitter.room();
      fuzz::require(!room.empty(), "there is no room");
      const std::string_view piece = fuzz::take(bytes, std::min(step, room.size()));
      std::memcpy(room.data(), piece.data(), piece.size());
      splitter.filled(piece.size());
      while (splitter.next(line)) note(line);
      fuzz::require(splitter.begin_offset() == end_, "bytes are in no line");
    }
    while (splitter.rest(line)) note(line);
    fuzz::require(end_ == size, "the last bytes are in no line");
    return out_;
  }

 private:
  void note(const Line& line) {
    fuzz::require(line.begin == end_ && line.end > line.begin, "lines that do not follow each other");
    fuzz::require(line.text.size() <= options_.max_line, "a line beyond the limit");
    fuzz::require(line.text.size() + line.cut <= line.end - line.begin, "a line of more bytes than it has");
    end_ = line.end;
    const std::string_view text = decoder_.decode(line, arena_);
    fuzz::require(agent::is_utf8(text), "text that is no UTF-8");
    out_ += std::to_string(line.end) + " " + std::to_string(line.cut) + " ";
    out_ += text;
    out_ += '\n';
  }

  LineDecoder decoder_;
  LineSplitter::Options options_;
  Arena arena_;
  std::uint64_t end_ = 0;
  std::string out_;
};

}  // namespace

void fuzz::logkit_lines(std::string_view input) {
  const Setup setup = setup_of(take_byte(input));
  const auto transcript = [&](std::string_view bytes, std::size_t step) {
    return Lines(setup, bytes).read(bytes, step);
  };
  same_for_all_steps(transcript, input);
}
