#include "base/digest.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace agent;

TEST_CASE("Digests agree with the published vectors", "[base]") {
  CHECK(hex(Md5::of("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex(Md5::of("abc")) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(hex(Sha256::of("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("A digest of pieces is the digest of the whole", "[base]") {
  Sha256 pieces;
  pieces.update("a");
  pieces.update("");
  pieces.update("bc");
  CHECK(pieces.finish() == Sha256::of("abc"));
}

TEST_CASE("Random text has the asked length and does not repeat", "[base]") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = random_hex(8);
    CHECK(text.size() == 16);
    CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() == 100);
  CHECK(random_hex(0).empty());
}

TEST_CASE("Secrets are equal only when every byte is", "[base]") {
  CHECK(equal_constant_time("", ""));
  CHECK(equal_constant_time("secret", "secret"));
  CHECK_FALSE(equal_constant_time("secret", "secreT"));
  CHECK_FALSE(equal_constant_time("secret", "secret "));
}
