#include "frame_splitter.hpp"

#include "json_frames.hpp"
#include "syslog_frames.hpp"

namespace logkit {
namespace {

class LineFrames final : public FrameSplitter {
 public:
  explicit LineFrames(const LineSplitter::Options& lines) : lines_(lines) {}

  void feed(std::string_view bytes, const FrameSink& sink) override {
    Line line;
    while (!bytes.empty()) {
      const std::span<char> room = lines_.room();
      const std::size_t count = bytes.copy(room.data(), room.size());
      bytes.remove_prefix(count);
      lines_.filled(count);
      while (lines_.next(line)) sink({line.text, line.cut});
    }
    lines_.release_block();
  }
  void finish(const FrameSink& sink) override {
    Line line;
    while (lines_.rest(line)) sink({line.text, line.cut});
    lines_.release_block();
  }
  bool has_rest() const override { return lines_.pending() > 0; }

 private:
  LineSplitter lines_;
};

std::string_view without_ends(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '\0'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::unique_ptr<FrameSplitter> make_frame_splitter(Framing framing, const LineSplitter::Options& lines) {
  if (framing == Framing::syslog) return std::make_unique<SyslogFrames>(lines.max_line);
  if (framing == Framing::json) return std::make_unique<JsonFrames>(lines.max_line);
  return std::make_unique<LineFrames>(lines);
}

void split_datagram(std::string_view datagram, Framing framing, const LineSplitter::Options& lines,
                    const FrameSink& sink) {
  if (framing == Framing::line || framing == Framing::json) {
    const std::unique_ptr<FrameSplitter> splitter = make_frame_splitter(framing, lines);
    splitter->feed(datagram, sink);
    splitter->finish(sink);
    return;
  }
  const std::string_view text = without_ends(datagram);
  const std::string_view kept = text.substr(0, lines.max_line);
  if (!text.empty()) sink({kept, text.size() - kept.size()});
}

}  // namespace logkit
