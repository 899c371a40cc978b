// Unpacker: the plain bytes of a compressed file, piece by piece, in bounded memory. Not thread-safe.
//
// gzip (RFC 1952) with one member or several, and zeros behind the last; zstd (RFC 8878) with one frame or
// several, whose window is at most 8 MiB.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace logkit {

enum class Packing { none, gzip, zstd };

// By the name: ".gz" and ".zst", but for archives of several files such as ".tar.gz".
Packing packing_of(std::string_view path);

class Unpacker {
 public:
  struct Step {
    std::size_t taken = 0;  // bytes of `in`
    std::size_t made = 0;   // bytes of `out`
  };

  virtual ~Unpacker() = default;
  // Takes some of `in` and fills some of `out`; nothing of either: it needs more. An empty `in` gets what is
  // left of the bytes before. Throws Errc::bad_message for bytes that are damaged or of another form.
  virtual Step unpack(std::span<const char> in, std::span<char> out) = 0;
  // The bytes that were taken are whole members: the file may end here.
  virtual bool is_at_end() const = 0;
};

// `packing`: not none.
std::unique_ptr<Unpacker> make_unpacker(Packing packing);
std::unique_ptr<Unpacker> make_gzip_unpacker();
std::unique_ptr<Unpacker> make_zstd_unpacker();

}  // namespace logkit
