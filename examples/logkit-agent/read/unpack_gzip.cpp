#include <zlib.h>

#include <agent/error.hpp>
#include <algorithm>
#include <limits>
#include <new>
#include <string>

#include "unpacker.hpp"

namespace logkit {
namespace {

constexpr int kGzipWindow = 15 + 16;

uInt length_of(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~GzipUnpacker() override { inflateEnd(&stream_); }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Step unpack(std::span<const char> in, std::span<char> out) override;
  bool is_at_end() const override { return is_at_end_; }

 private:
  z_stream stream_{};
  bool is_at_end_ = false;
};

Unpacker::Step GzipUnpacker::unpack(std::span<const char> in, std::span<char> out) {
  if (is_at_end_) {
    if (in.empty()) return {};
    // Tapes and block devices fill up with zeros.
    const auto zeros = std::find_if(in.begin(), in.end(), [](char c) { return c != '\0'; }) - in.begin();
    if (zeros > 0) return {static_cast<std::size_t>(zeros), 0};
    inflateReset(&stream_);
    is_at_end_ = false;
  }
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream_.avail_in = length_of(in.size());
  stream_.next_out = reinterpret_cast<Bytef*>(out.data());
  stream_.avail_out = length_of(out.size());
  const uInt given = stream_.avail_in;
  const uInt room = stream_.avail_out;
  const int result = inflate(&stream_, Z_NO_FLUSH);
  if (result == Z_MEM_ERROR) throw std::bad_alloc();
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
    throw agent::Error(agent::Errc::bad_message,
                       std::string("gzip: ") + (stream_.msg == nullptr ? "damaged" : stream_.msg));
  is_at_end_ = result == Z_STREAM_END;
  return {given - stream_.avail_in, room - stream_.avail_out};
}

}  // namespace

std::unique_ptr<Unpacker> make_gzip_unpacker() { return std::make_unique<GzipUnpacker>(); }

}  // namespace logkit
