// HttpBody: where the body of a message ends (RFC 9112, 6 and 7.1). No I/O, keeps no input.
//
// Chunks are read to the letter: each size, extension, line end and trailer has its one right form, because
// whoever passes the message on may read a wrong one in another way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace agent::net {

// Bytes of one chunk's extensions, which nobody reads.
inline constexpr std::size_t kChunkExtensionLimit = 4096;

class HttpBody {
 public:
  enum class Framing { none, length, chunked, until_close };

  // A new body. `length` is for Framing::length; the trailers of a chunked body take at most `trailer_limit`
  // bytes.
  void begin(Framing framing, std::uint64_t length, std::size_t trailer_limit);

  // Consumes from the front of `bytes` up to the next piece of the content, which is a part of them. "": all
  // bytes are used or the body is at its end. Throws HttpFault: 400, 431 for too many trailers.
  std::string_view next(std::span<char>& bytes);

  bool at_end() const { return state_ == State::end; }
  // The connection ended: true when that ends the body.
  bool finish() const { return state_ == State::until_close || state_ == State::end; }

 private:
  enum class State : std::uint8_t {
    until_close,
    content,  // of a length that was announced
    // a chunk's first line
    size_begin,
    size,
    before_extension,
    name_begin,
    name,
    after_name,
    value_begin,
    value,
    quoted,
    escaped,
    after_quoted,
    size_end,
    // its content and the line end behind it
    chunk,
    chunk_return,
    chunk_end,
    // the trailers
    trailer_begin,
    trailer_name,
    trailer_value,
    trailer_end,
    last_end,
    end,
    wrong,
  };

  std::string_view take_content(std::span<char>& bytes);
  void step(char c);
  State after(char c);
  State add_digit(char c);
  State behind_extension(char c) const;
  void count(State before);
  [[noreturn]] static void fail(State where);

  std::uint64_t left_ = 0;  // of the content, or of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailer_limit_ = 0;
  std::uint8_t digits_ = 0;
  State state_ = State::end;
};

}  // namespace agent::net
