#include "examples/logkit-agent/read/unpacker.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "examples/logkit-agent/send/gzip.hpp"
#include "examples/logkit-agent/send/zstd.hpp"

using namespace logkit;

namespace {

std::string pack(Packing packing, const std::string& text) {
  return packing == Packing::gzip ? gzip(text) : zstd(text);
}

// Given in pieces, taken out in pieces. `is_at_end`: the bytes are whole.
std::string unpack(Packing packing, const std::string& packed, std::size_t piece, bool& is_at_end) {
  const std::unique_ptr<Unpacker> unpacker = make_unpacker(packing);
  std::string text;
  std::string room(piece, '\0');
  std::size_t at = 0;
  for (;;) {
    const std::size_t size = std::min(piece, packed.size() - at);
    const Unpacker::Step step = unpacker->unpack({packed.data() + at, size}, room);
    at += step.taken;
    text.append(room, 0, step.made);
    if (step.taken + step.made == 0 && at == packed.size()) break;
  }
  is_at_end = unpacker->is_at_end();
  return text;
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("A packed text comes out as it was whatever the pieces are", "[examples]") {
  for (const Packing packing : {Packing::gzip, Packing::zstd}) {
    const std::string text = lines(3000);
    const std::string packed = pack(packing, text) + pack(packing, "") + pack(packing, "last\n");
    bool is_at_end = false;
    for (const std::size_t piece : {1, 7, 100'000}) {
      CHECK(unpack(packing, packed, piece, is_at_end) == text + "last\n");
      CHECK(is_at_end);
    }
    unpack(packing, packed.substr(0, packed.size() - 1), 100, is_at_end);
    CHECK_FALSE(is_at_end);
  }
  bool is_at_end = false;
  CHECK(unpack(Packing::gzip, gzip("x\n") + std::string(1000, '\0'), 50, is_at_end) == "x\n");
  CHECK(is_at_end);
}

TEST_CASE("A byte that was changed never gives other text without being noticed", "[examples]") {
  for (const Packing packing : {Packing::gzip, Packing::zstd}) {
    const std::string text = lines(50);
    const std::string packed = pack(packing, text);
    for (std::size_t i = 0; i < packed.size(); ++i) {
      std::string damaged = packed;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      bool is_at_end = false;
      try {
        // A few bytes of a header mean nothing to the text.
        const std::string found = unpack(packing, damaged, 4096, is_at_end);
        CHECK((found == text || !is_at_end));
      } catch (const agent::Error& error) {
        CHECK(error.code() == agent::Errc::bad_message);
      }
    }
  }
}

TEST_CASE("Only the names of single compressed files are such", "[examples]") {
  CHECK(packing_of("/var/log/a.log.1.gz") == Packing::gzip);
  CHECK(packing_of("a.zst") == Packing::zstd);
  for (const char* name : {"a.log", "a.tar.gz", "a.tar.zst", "a.gz.1", "gz", "a.xz"})
    CHECK(packing_of(name) == Packing::none);
}
