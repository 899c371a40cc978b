// Deflate: permessage-deflate (RFC 7692) without context takeover on either side.
//
// As every message stands alone, a connection needs a zlib state only while a compressed message is
// arriving; the states are pooled per thread. The interface is the extension slot of websocketpp's
// processor, which asks it for decompression.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

struct z_stream_s;

namespace agent::net {

class Deflate {
 public:
  Deflate() = default;
  ~Deflate();
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  // `limit`: bytes one message may expand to.
  void enable(std::size_t limit) { enabled_ = true, limit_ = limit; }
  // A whole message has been taken: its state goes back to the pool.
  void end_message();
  // The last decompress failed because of the limit.
  bool is_over_limit() const { return over_limit_; }

  // What websocketpp's processor calls.
  bool is_implemented() const { return true; }
  bool is_enabled() const { return enabled_; }
  std::error_code init(bool) { return {}; }
  std::string generate_offer() const { return {}; }
  template <class Attributes>
  std::pair<std::error_code, std::string> negotiate(const Attributes&) {
    return {};
  }
  std::error_code compress(const std::string&, std::string&) {
    return std::make_error_code(std::errc::not_supported);
  }
  std::error_code decompress(const std::uint8_t* data, std::size_t length, std::string& out);

 private:
  bool enabled_ = false;
  bool over_limit_ = false;
  std::size_t limit_ = 0;
  z_stream_s* stream_ = nullptr;
};

// Appends the compressed form of one message, without the trailing 00 00 ff ff.
void deflate_message(std::string_view message, std::string& out);

}  // namespace agent::net
