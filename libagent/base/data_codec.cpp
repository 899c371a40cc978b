#include "agent/data_codec.hpp"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "agent/base64.hpp"

namespace agent {
namespace {

constexpr std::string_view kPlain = "$0$";
constexpr std::string_view kGzip = "$1$";
constexpr std::string_view kZstd = "$2$";
constexpr int kGzipWindow = 15 + 16;  // zlib: 32 KiB, with gzip header
// Twice as fast as the default 3: data travels once, so time counts more than size.
constexpr int kZstdLevel = 1;

[[noreturn]] void fail(const std::string& what) { throw Error(Errc::bad_message, "data: " + what); }
[[noreturn]] void fail_too_large(std::size_t max_raw) {
  throw Error(Errc::too_large, fmt::format("data: expands beyond {} bytes", max_raw));
}

// Output that doubles in size up to a limit.
class Growing {
 public:
  Growing(std::size_t first, std::size_t limit)
      : limit_(std::min(limit, std::numeric_limits<std::size_t>::max() / 2)) {
    text_.resize(std::clamp<std::size_t>(first, 1, limit_ + 1));
  }

  char* begin() { return text_.data() + used_; }
  std::size_t room() const { return text_.size() - used_; }

  // One byte beyond the limit is room too, so that data of just that size is not refused.
  void add(std::size_t written) {
    used_ += written;
    if (used_ > limit_) fail_too_large(limit_);
    if (room() == 0) text_.resize(std::min(2 * text_.size(), limit_ + 1));
  }

  std::string take() {
    text_.resize(used_);
    return std::move(text_);
  }

 private:
  std::size_t limit_;
  std::size_t used_ = 0;
  std::string text_;
};

std::string gzip(std::string_view raw) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  const std::unique_ptr<z_stream, decltype(&deflateEnd)> end(&stream, &deflateEnd);
  std::string out(deflateBound(&stream, raw.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);  // the bound holds, so one call does it
  out.resize(stream.total_out);
  return out;
}

// All members of a gzip text, one after the other.
std::string gunzip(std::string_view packed, std::size_t max_raw) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  Growing out(4 * packed.size(), max_raw);
  int code = Z_OK;
  while (code != Z_STREAM_END || stream.avail_in > 0) {
    if (code == Z_STREAM_END) inflateReset(&stream);
    const auto room = static_cast<uInt>(std::min<std::size_t>(out.room(), std::numeric_limits<uInt>::max()));
    stream.next_out = reinterpret_cast<Bytef*>(out.begin());
    stream.avail_out = room;
    code = inflate(&stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) fail("damaged or incomplete gzip");
    out.add(room - stream.avail_out);
  }
  return out.take();
}

std::string zstd(std::string_view raw) {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), raw.data(), raw.size());
  if (ZSTD_isError(size)) throw Error(Errc::io, std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

// What a frame may ask for as its window: never more than the data may be long, but at least the 8 MiB
// that encoders use by default.
int window_log(std::size_t max_raw) {
  int log = 23;
  while (log < 27 && (std::size_t{1} << log) < max_raw) ++log;
  return log;
}

// All frames of a zstd text, one after the other; skippable ones give nothing.
std::string unzstd(std::string_view packed, std::size_t max_raw) {
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  const std::unique_ptr<ZSTD_DCtx, Free> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_log(max_raw));
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  Growing out(4 * packed.size(), max_raw);
  std::size_t wanted = 0;  // 0: a frame is complete and wholly written
  bool full = false;
  while (in.pos < in.size || full) {
    ZSTD_outBuffer to{out.begin(), out.room(), 0};
    wanted = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(wanted)) fail(std::string("zstd: ") + ZSTD_getErrorName(wanted));
    full = wanted != 0 && to.pos == to.size;
    out.add(to.pos);
  }
  if (wanted != 0) fail("incomplete zstd");
  return out.take();
}

}  // namespace

DataForm choose_data_form(std::string_view raw) {
  constexpr std::size_t kSample = 512;
  const std::string_view sample = raw.substr(0, kSample);
  const bool binary = std::any_of(sample.begin(), sample.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\f' && byte != '\r' && byte != 0x1b;
  });
  return binary ? DataForm::plain : DataForm::zstd;
}

std::string encode_data(std::string_view raw, DataForm form) {
  std::string text;
  switch (form) {
    case DataForm::plain:
      text = kPlain;
      append_base64(text, raw);
      break;
    case DataForm::gzip:
      text = kGzip;
      append_base64(text, gzip(raw));
      break;
    case DataForm::zstd:
      text = kZstd;
      if (!raw.empty()) append_base64(text, zstd(raw));
      break;
  }
  return text;
}

std::string decode_data(std::string_view text, std::size_t max_raw) {
  const std::string_view tag = text.substr(0, kPlain.size());
  const std::string_view body = text.substr(tag.size());
  if (tag != kPlain && tag != kGzip && tag != kZstd) fail("the text does not begin with $0$, $1$ or $2$");
  if (tag == kPlain) {
    if (decoded_base64_size(body) > max_raw) fail_too_large(max_raw);
    return decode_base64(body);
  }
  const std::string packed = decode_base64(body);
  return tag == kGzip ? gunzip(packed, max_raw) : unzstd(packed, max_raw);
}

}  // namespace agent
