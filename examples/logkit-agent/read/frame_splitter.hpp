// FrameSplitter: finds the messages in the bytes of a stream as they come, however they are cut into pieces.
//
// One for each stream. Pure but for memory, of which it holds one message, up to the limit. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "line_splitter.hpp"

namespace logkit {

struct Frame {
  std::string_view text;  // without what marks its end; there until the sink returns
  std::uint64_t cut = 0;  // bytes beyond the limit, which are not in `text`
};
using FrameSink = std::function<void(const Frame&)>;

enum class Framing {
  line,    // a line is a message
  syslog,  // RFC 6587: "<length> <message>", or up to a line end; each message may have either form
  json,    // a JSON value is a message, with or without blanks between two
  packet,  // a datagram is a message; a stream has none, and its lines are messages
};

class FrameSplitter {
 public:
  virtual ~FrameSplitter() = default;
  // Hands over the messages that are complete with these bytes.
  virtual void feed(std::string_view bytes, const FrameSink& sink) = 0;
  // Nothing follows: what has come of a message counts as one. The next byte begins another one.
  virtual void finish(const FrameSink& sink) = 0;
  // Something has come of a message that is not complete.
  virtual bool has_rest() const = 0;
};

// `lines`: the limit, and for Framing::line the rest, too.
std::unique_ptr<FrameSplitter> make_frame_splitter(Framing framing, const LineSplitter::Options& lines);

// The messages of a datagram. Line ends and NUL bytes behind a message do not belong to it, and an empty
// message is none.
void split_datagram(std::string_view datagram, Framing framing, const LineSplitter::Options& lines,
                    const FrameSink& sink);

}  // namespace logkit
