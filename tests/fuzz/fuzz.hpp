// What the fuzz targets share. A target is a function of bytes that a stranger might send: it may do nothing
// that the sanitizers see, must throw nothing, and keeps the promises that it checks with require().
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fuzz {

void conf(std::string_view input);
void data_codec(std::string_view input);
void form(std::string_view input);
void http(std::string_view input);
void logkit_checkpoint(std::string_view input);
void logkit_direct(std::string_view input);
void logkit_frames(std::string_view input);
void logkit_grok(std::string_view input);
void logkit_lines(std::string_view input);
void logkit_parsers(std::string_view input);
void logkit_queue(std::string_view input);
void logkit_runner(std::string_view input);
void messages(std::string_view input);
void multipart(std::string_view input);
void query(std::string_view input);
void spool(std::string_view input);
void streams(std::string_view input);
void websocket(std::string_view input);
void yaml(std::string_view input);

struct Target {
  std::string_view name;  // and that of its folder in corpus/
  void (*run)(std::string_view input);
};

inline constexpr std::array kTargets{
    Target{"conf", conf},
    Target{"data_codec", data_codec},
    Target{"form", form},
    Target{"http", http},
    Target{"logkit_checkpoint", logkit_checkpoint},
    Target{"logkit_direct", logkit_direct},
    Target{"logkit_frames", logkit_frames},
    Target{"logkit_grok", logkit_grok},
    Target{"logkit_lines", logkit_lines},
    Target{"logkit_parsers", logkit_parsers},
    Target{"logkit_queue", logkit_queue},
    Target{"logkit_runner", logkit_runner},
    Target{"messages", messages},
    Target{"multipart", multipart},
    Target{"query", query},
    Target{"spool", spool},
    Target{"streams", streams},
    Target{"websocket", websocket},
    Target{"yaml", yaml},
};

// A promise of the code under test.
class Broken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& promise) {
  if (!holds) throw Broken(promise);
}

// Cuts up to `count` bytes off the front of `input`.
inline std::string_view take(std::string_view& input, std::size_t count) {
  const std::string_view piece = input.substr(0, count);
  input.remove_prefix(piece.size());
  return piece;
}

// The next byte, 0 at the end.
inline unsigned take_byte(std::string_view& input) {
  const std::string_view byte = take(input, 1);
  return byte.empty() ? 0 : static_cast<unsigned char>(byte.front());
}

// The next line, without its end.
inline std::string_view take_line(std::string_view& input) {
  const std::string_view line = take(input, input.find('\n'));
  take(input, 1);
  return line;
}

// In pieces of what sizes an input comes: all at once, byte by byte, and something between.
inline constexpr std::array<std::size_t, 3> kSteps{std::string_view::npos, 1, 7};

// What `transcript(bytes, step)` tells must not depend on how the bytes are cut. Gives it back.
template <class Transcript>
std::string same_for_all_steps(Transcript transcript, std::string_view bytes) {
  const std::string whole = transcript(bytes, kSteps[0]);
  for (std::size_t i = 1; i < kSteps.size(); ++i) {
    const std::string cut = transcript(bytes, kSteps[i]);
    require(cut == whole, "the result depends on how the input is cut; whole:\n" + whole + "\ncut:\n" + cut);
  }
  return whole;
}

}  // namespace fuzz
