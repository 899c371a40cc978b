#include "zstd.hpp"

#include <zstd.h>

#include <agent/error.hpp>
#include <memory>
#include <new>

namespace logkit {

std::string zstd(std::string_view text) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> stream(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (!stream) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress2(stream.get(), out.data(), out.size(), text.data(), text.size());
  if (ZSTD_isError(size) != 0)
    throw agent::Error(agent::Errc::io, std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

}  // namespace logkit
