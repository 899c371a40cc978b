#include "net/deflate.hpp"

#include <zlib.h>

#include <cassert>
#include <memory>
#include <vector>

#include "agent/error.hpp"

namespace agent::net {
namespace {

constexpr int kRawWindowBits = -15;  // raw deflate, 32 KiB window: what originals expect
constexpr std::size_t kStep = 16 * 1024;
constexpr std::size_t kPooledStates = 4;

struct EndInflate {
  void operator()(z_stream* stream) const {
    inflateEnd(stream);
    delete stream;
  }
};
using InflateState = std::unique_ptr<z_stream, EndInflate>;

thread_local std::vector<InflateState> idle_states;

InflateState take_state() {
  if (!idle_states.empty()) {
    InflateState state = std::move(idle_states.back());
    idle_states.pop_back();
    return state;
  }
  InflateState state(new z_stream{});
  if (inflateInit2(state.get(), kRawWindowBits) != Z_OK) throw std::bad_alloc();
  return state;
}

void give_back(InflateState state) {
  if (idle_states.size() >= kPooledStates) return;
  inflateReset(state.get());
  idle_states.push_back(std::move(state));
}

// Z_OK and Z_BUF_ERROR: as far as input and space went. A final block (BFINAL) ends a stream for zlib, but
// not a message: what follows it is a block like any other, which may refer to the text before it (RFC 7692,
// 7.2.3.4 and 7.2.3.5).
int inflate_blocks(z_stream& stream) {
  for (;;) {
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    if (result != Z_STREAM_END) return result;
    inflateResetKeep(&stream);
    if (stream.avail_in == 0) return Z_OK;
  }
}

struct DeflateState {
  z_stream stream{};
  DeflateState() {
    // Level 1 is what originals use; speed matters more than the last percent.
    if (deflateInit2(&stream, 1, Z_DEFLATED, kRawWindowBits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~DeflateState() { deflateEnd(&stream); }
};

}  // namespace

Deflate::~Deflate() { end_message(); }

bool Deflate::end_message() {
  if (stream_ == nullptr) return true;
  const bool whole = is_at_end();
  give_back(InflateState(stream_));
  stream_ = nullptr;
  taken_ = 0;
  asked_ = 0;
  return whole;
}

// zlib: no bits are left over, the last block was not the final one, and it has just ended. Text that came
// out of the 00 00 ff ff says that another block was still open.
bool Deflate::is_at_end() const {
  constexpr int kBetweenBlocks = 128;
  return stream_->avail_in == 0 && stream_->data_type == kBetweenBlocks && !grew_;
}

bool Deflate::may_grow(std::size_t size) {
  if (size < asked_ + kAskEvery) return true;
  asked_ = size;
  return !may_hold_ || may_hold_(size + kInflateMemory);
}

std::error_code Deflate::decompress(const std::uint8_t* data, std::size_t length, std::string& out) {
  if (stream_ == nullptr) stream_ = take_state().release();
  stream_->next_in = const_cast<std::uint8_t*>(data);
  stream_->avail_in = static_cast<uInt>(length);
  taken_ += length;
  const std::size_t before = out.size();
  do {
    std::size_t used = out.size();
    out.resize(used + kStep);
    stream_->next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream_->avail_out = kStep;
    const int result = inflate_blocks(*stream_);
    out.resize(out.size() - stream_->avail_out);
    if (out.size() > limit_ || taken_ / 2 > limit_) {
      over_limit_ = true;
      return std::make_error_code(std::errc::message_size);
    }
    if (!may_grow(out.size())) return std::make_error_code(std::errc::not_enough_memory);
    if (result != Z_OK && result != Z_BUF_ERROR)
      return std::make_error_code(std::errc::illegal_byte_sequence);
  } while (stream_->avail_out == 0);
  grew_ = out.size() != before;
  return {};
}

void deflate_message(std::string_view message, std::string& out) {
  thread_local DeflateState state;
  z_stream& stream = state.stream;
  deflateReset(&stream);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
  stream.avail_in = static_cast<uInt>(message.size());
  do {
    std::size_t used = out.size();
    out.resize(used + kStep);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = kStep;
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out);
  } while (stream.avail_out == 0);
  assert(out.size() >= 4);
  out.resize(out.size() - 4);  // RFC 7692, 7.2.1: the final 00 00 ff ff stays away
}

}  // namespace agent::net
