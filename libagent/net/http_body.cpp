#include "net/http_body.hpp"

#include <algorithm>

#include "net/http.hpp"
#include "net/http_text.hpp"

namespace agent::net {
namespace {

constexpr int kDigits = 16;  // of 64 bits in hexadecimal

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void HttpBody::begin(Framing framing, std::uint64_t length, std::size_t trailer_limit) {
  left_ = length;
  digits_ = 0;
  extension_bytes_ = trailer_bytes_ = 0;
  trailer_limit_ = trailer_limit;
  switch (framing) {
    case Framing::none: state_ = State::end; break;
    case Framing::length: state_ = length > 0 ? State::content : State::end; break;
    case Framing::chunked: state_ = State::size_begin; break;
    case Framing::until_close: state_ = State::until_close; break;
  }
}

std::string_view HttpBody::next(std::span<char>& bytes) {
  while (!bytes.empty() && state_ != State::end) {
    if (state_ == State::until_close || state_ == State::content || state_ == State::chunk) {
      return take_content(bytes);
    }
    step(bytes.front());
    bytes = bytes.subspan(1);
  }
  return {};
}

std::string_view HttpBody::take_content(std::span<char>& bytes) {
  std::size_t size = bytes.size();
  if (state_ != State::until_close) {
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
    left_ -= size;
    if (left_ == 0) state_ = state_ == State::chunk ? State::chunk_return : State::end;
  }
  const std::string_view piece(bytes.data(), size);
  bytes = bytes.subspan(size);
  return piece;
}

void HttpBody::step(char c) {
  const State before = state_;
  state_ = after(c);
  if (state_ == State::wrong) fail(before);
  count(before);
}

// The state behind `c`, by RFC 9112, 7.1: chunk-size [chunk-ext] CRLF, data CRLF, and 7.1.2: the trailers.
HttpBody::State HttpBody::after(char c) {
  switch (state_) {
    case State::size_begin: return add_digit(c);
    case State::size: return hex_value(c) >= 0 ? add_digit(c) : behind_extension(c);
    case State::before_extension:
      return is_blank(c) ? State::before_extension : c == ';' ? State::name_begin : State::wrong;
    case State::name_begin:
      return is_blank(c) ? State::name_begin : is_token_char(c) ? State::name : State::wrong;
    case State::name:
      if (is_token_char(c)) return State::name;
      if (is_blank(c)) return State::after_name;
      return c == '=' ? State::value_begin : behind_extension(c);
    case State::after_name:
      if (is_blank(c)) return State::after_name;
      return c == '=' ? State::value_begin : c == ';' ? State::name_begin : State::wrong;
    case State::value_begin:
      if (is_blank(c)) return State::value_begin;
      return c == '"' ? State::quoted : is_token_char(c) ? State::value : State::wrong;
    case State::value: return is_token_char(c) ? State::value : behind_extension(c);
    case State::quoted:
      if (c == '"') return State::after_quoted;
      return c == '\\' ? State::escaped : is_value_char(c) ? State::quoted : State::wrong;
    case State::escaped: return is_value_char(c) ? State::quoted : State::wrong;
    case State::after_quoted: return behind_extension(c);
    case State::size_end:
      if (c != '\n') return State::wrong;
      return left_ > 0 ? State::chunk : State::trailer_begin;
    case State::chunk_return: return c == '\r' ? State::chunk_end : State::wrong;
    case State::chunk_end: return c == '\n' ? State::size_begin : State::wrong;
    case State::trailer_begin:
      return c == '\r' ? State::last_end : is_token_char(c) ? State::trailer_name : State::wrong;
    case State::trailer_name:
      return c == ':' ? State::trailer_value : is_token_char(c) ? State::trailer_name : State::wrong;
    case State::trailer_value:
      return c == '\r' ? State::trailer_end : is_value_char(c) ? State::trailer_value : State::wrong;
    case State::trailer_end: return c == '\n' ? State::trailer_begin : State::wrong;
    case State::last_end: return c == '\n' ? State::end : State::wrong;
    default: return State::wrong;
  }
}

HttpBody::State HttpBody::add_digit(char c) {
  const int value = hex_value(c);
  if (state_ == State::size_begin) {
    left_ = 0;
    digits_ = 0;
    extension_bytes_ = 0;
  }
  if (value < 0 || ++digits_ > kDigits) return State::wrong;
  left_ = left_ * 16 + static_cast<std::uint64_t>(value);
  return State::size;
}

HttpBody::State HttpBody::behind_extension(char c) const {
  if (c == '\r') return State::size_end;
  if (c == ';') return State::name_begin;
  return is_blank(c) ? State::before_extension : State::wrong;
}

void HttpBody::count(State before) {
  if (before > State::size && before < State::size_end && ++extension_bytes_ > kChunkExtensionLimit) {
    throw HttpFault(400, "the extensions of a chunk are larger than 4 KiB");
  }
  if (before >= State::trailer_begin && ++trailer_bytes_ > trailer_limit_) {
    throw HttpFault(431, "the request's trailers are too large");
  }
}

void HttpBody::fail(State where) {
  if (where >= State::trailer_begin) throw HttpFault(400, "a trailer of the body is malformed");
  if (where >= State::chunk_return) throw HttpFault(400, "a chunk of the body does not end where it said");
  if (where > State::size)
    throw HttpFault(400, "the extension or the line end of a chunk's size is malformed");
  throw HttpFault(400, "the size of a chunk is malformed");
}

}  // namespace agent::net
