// ZstdPacker: texts that are kept compressed in memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace agent {

// Holds about half a megabyte for its next text, which saves half of the time that a small one takes. One
// thread at a time.
class ZstdPacker {
 public:
  ZstdPacker();
  ~ZstdPacker();
  ZstdPacker(const ZstdPacker&) = delete;
  ZstdPacker& operator=(const ZstdPacker&) = delete;

  // The text compressed (RFC 8878), with its size, until the next call.
  std::string_view pack(std::string_view text);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// What pack() made of a text, as it was. Throws Errc::bad_message for anything else. Any thread.
std::string unpack_zstd(std::string_view packed);

}  // namespace agent
