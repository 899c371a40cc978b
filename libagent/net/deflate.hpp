// Deflate: permessage-deflate (RFC 7692) without context takeover on either side.
//
// As every message stands alone, a connection needs a zlib state only while a compressed message is
// arriving; the states are pooled per thread. The interface is the extension slot of websocketpp's
// processor, which asks it for decompression: of each piece of a message as it arrives, and of the
// 00 00 ff ff that the sender left out behind the last one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

struct z_stream_s;

namespace agent::net {

// What a message that is being inflated holds besides its text: zlib's state and window.
inline constexpr std::size_t kInflateMemory = 40 * 1024;
// 64 KiB that were read can become 64 MiB before anybody looks.
inline constexpr std::size_t kAskEvery = 256 * 1024;

class Deflate {
 public:
  Deflate() = default;
  ~Deflate();
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;

  void enable() { enabled_ = true; }
  // Bytes that one message may expand to. Compressed it may have twice as many: blocks can be empty.
  void set_limit(std::size_t bytes) { limit_ = bytes; }
  // Asked while a message grows, each kAskEvery bytes: whether it may hold so much. Unset: yes.
  void set_permission(std::function<bool(std::size_t held)> may_hold) { may_hold_ = std::move(may_hold); }
  // The message that was inflated has been taken, or is given up: its state goes back to the pool. False when
  // its data was cut short: the final 00 00 ff ff was not the empty block that a message ends with (RFC 7692,
  // 7.2.1). True when there was none.
  bool end_message();
  // A compressed message has begun and not been taken.
  bool is_active() const { return stream_ != nullptr; }
  // The last decompress failed because of the limit; without it, and without permission, because of its data.
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
  bool is_at_end() const;
  bool may_grow(std::size_t size);

  bool enabled_ = false;
  bool over_limit_ = false;
  bool grew_ = false;  // the last piece gave text
  std::size_t limit_ = 0;
  std::size_t taken_ = 0;  // compressed bytes of the message
  std::size_t asked_ = 0;  // for its text
  std::function<bool(std::size_t)> may_hold_;
  z_stream_s* stream_ = nullptr;
};

// Appends the compressed form of one message, without the trailing 00 00 ff ff.
void deflate_message(std::string_view message, std::string& out);

}  // namespace agent::net
