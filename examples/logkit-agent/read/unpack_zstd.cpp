#include <zstd.h>

#include <agent/error.hpp>
#include <new>
#include <string>

#include "unpacker.hpp"

namespace logkit {
namespace {

// What a reader should at least have room for (RFC 8878, 3.1.1.1.2), and what it takes at most: `zstd -20`
// and above, and --long, ask for more.
constexpr int kWindowLog = 23;

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : stream_(ZSTD_createDCtx()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog);
  }
  ~ZstdUnpacker() override { ZSTD_freeDCtx(stream_); }
  ZstdUnpacker(const ZstdUnpacker&) = delete;
  ZstdUnpacker& operator=(const ZstdUnpacker&) = delete;

  Step unpack(std::span<const char> in, std::span<char> out) override {
    if (is_at_end_ && in.empty()) return {};
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t left = ZSTD_decompressStream(stream_, &to, &from);
    if (ZSTD_isError(left) != 0)
      throw agent::Error(agent::Errc::bad_message, std::string("zstd: ") + ZSTD_getErrorName(left));
    is_at_end_ = left == 0;
    return {from.pos, to.pos};
  }
  bool is_at_end() const override { return is_at_end_; }

 private:
  ZSTD_DCtx* stream_;
  bool is_at_end_ = false;
};

}  // namespace

std::unique_ptr<Unpacker> make_zstd_unpacker() { return std::make_unique<ZstdUnpacker>(); }

}  // namespace logkit
