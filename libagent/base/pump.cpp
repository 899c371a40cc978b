#include "agent/pump.hpp"

#include <algorithm>
#include <utility>

#include "agent/error.hpp"

namespace agent {
namespace {

// One allocation for all but the largest contents: pages that are not filled take no memory, while growing in
// steps holds two copies for a moment.
constexpr std::size_t kFirstGrowth = 2 * 1024 * 1024;

// Makes room for a piece of what may come: `least` bytes and a piece. A string by itself would double.
void grow(std::string& bytes, std::size_t piece, std::size_t least) {
  const std::size_t size = bytes.size() + piece;
  if (size <= bytes.capacity()) return;
  std::string larger;
  larger.reserve(std::max(size, std::min(least + piece, std::max(2 * size, kFirstGrowth))));
  larger += bytes;
  bytes.swap(larger);
}

}  // namespace

Task<std::string> gather(std::shared_ptr<ByteSource> from, std::size_t least) {
  std::string bytes;
  while (bytes.size() < least) {
    std::string piece = co_await from->read();
    if (piece.empty()) break;
    if (bytes.empty()) {
      bytes = std::move(piece);
    } else {
      grow(bytes, piece.size(), least);
      bytes += piece;
    }
  }
  co_return bytes;
}

Task<std::uint64_t> pump(std::shared_ptr<ByteSource> from, std::shared_ptr<ByteSink> to, std::uint64_t most,
                         std::size_t batch) {
  std::uint64_t done = 0;
  for (bool more = true; more;) {
    std::string bytes = co_await gather(from, batch);
    more = bytes.size() >= batch;
    if (bytes.empty()) break;
    if (bytes.size() > most - done) {
      throw Error(Errc::too_large, "more than " + std::to_string(most) + " bytes");
    }
    done += bytes.size();
    co_await to->write(std::move(bytes));
  }
  co_return done;
}

}  // namespace agent
