#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "base/zstd_text.hpp"

using agent::unpack_zstd;
using agent::ZstdPacker;

TEST_CASE("A packed text is smaller and comes back as it was", "[base]") {
  ZstdPacker packer;
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "{\"id\":" + std::to_string(i) + ",\"user\":\"root\"},";
  const std::string packed(packer.pack(text));
  CHECK(packed.size() < text.size() / 4);
  CHECK(unpack_zstd(packed) == text);
  for (const std::string& other : {std::string(), std::string("x"), std::string(3'000'000, 'y')})
    CHECK(unpack_zstd(packer.pack(other)) == other);
}

TEST_CASE("What is no packed text is refused before memory is taken for it", "[base]") {
  ZstdPacker packer;
  const std::string packed(packer.pack(std::string(5000, 'z')));
  CHECK_THROWS_AS(unpack_zstd(""), agent::Error);
  CHECK_THROWS_AS(unpack_zstd("no zstd at all"), agent::Error);
  for (std::size_t length = 0; length < packed.size(); ++length)
    CHECK_THROWS_AS(unpack_zstd(packed.substr(0, length)), agent::Error);
  // A header that promises 1 TiB.
  CHECK_THROWS_AS(unpack_zstd(std::string("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\x01\0\0\x01\0\0", 16)),
                  agent::Error);
}
