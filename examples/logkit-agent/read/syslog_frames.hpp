// SyslogFrames: messages of syslog over a stream (RFC 6587): "<length> <message>" (octet counting), or a
// message up to a line end or a NUL byte. Each message shows by its beginning which form it has: a length is
// followed by a blank and a '<'. Line ends and NUL bytes between two messages, and behind a counted one,
// belong to none. Pure.
#pragma once

#include <string>

#include "frame_splitter.hpp"

namespace logkit {

class SyslogFrames final : public FrameSplitter {
 public:
  // Bytes beyond `max_frame` of a message are cut off.
  explicit SyslogFrames(std::size_t max_frame) : max_(max_frame) {}

  void feed(std::string_view bytes, const FrameSink& sink) override;
  void finish(const FrameSink& sink) override;
  bool has_rest() const override { return state_ != State::between; }

 private:
  enum class State {
    between,  // two messages
    length,   // digits of a length, its blank, or the same as the beginning of a line
    counted,  // within a message of known length
    line,     // within a message up to its end
  };

  void skip_ends(std::string_view& bytes);
  void take_length(std::string_view& bytes);
  void take_counted(std::string_view& bytes, const FrameSink& sink);
  void take_line(std::string_view& bytes, const FrameSink& sink);
  void keep(std::string_view bytes);
  void hand_over(std::string_view last, const FrameSink& sink);

  std::size_t max_;
  State state_ = State::between;
  std::string kept_;        // of the message, or the length so far
  std::uint64_t cut_ = 0;   // bytes of the message that were not kept
  std::uint64_t left_ = 0;  // bytes of a counted message that have not come
};

}  // namespace logkit
