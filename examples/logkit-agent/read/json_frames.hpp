// JsonFrames: the JSON values of a stream, one behind the other, with blanks or nothing between them. Pure.
//
// Only the ends of values are looked for: whether a value is one is the parser's affair. Text that begins
// neither an object nor an array goes to the next line end. A value beyond the limit is cut off there, and
// the next one begins behind the next line end.
#pragma once

#include <string>

#include "frame_splitter.hpp"

namespace logkit {

class JsonFrames final : public FrameSplitter {
 public:
  explicit JsonFrames(std::size_t max_frame) : max_(max_frame) {}

  void feed(std::string_view bytes, const FrameSink& sink) override;
  void finish(const FrameSink& sink) override;
  bool has_rest() const override { return state_ != State::between; }

 private:
  enum class State { between, value, text, escape, line };

  // Whether the value ends with this byte.
  bool step(char c);
  void keep(std::string_view bytes);
  void hand_over(std::string_view last, const FrameSink& sink);

  std::size_t max_;
  State state_ = State::between;
  std::size_t depth_ = 0;
  std::string kept_;
  std::uint64_t cut_ = 0;
};

}  // namespace logkit
