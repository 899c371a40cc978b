#include "agent/base64.hpp"

#include <catch2/catch.hpp>

#include "agent/error.hpp"

using namespace agent;

TEST_CASE("Base64 agrees with the vectors of RFC 4648", "[base]") {
  const std::pair<std::string, std::string> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [raw, text] : vectors) {
    CHECK(encode_base64(raw) == text);
    CHECK(decode_base64(text) == raw);
    CHECK(decoded_base64_size(text) == raw.size());
  }
}

TEST_CASE("Every byte value survives base64 at every place of a group", "[base]") {
  std::string raw;
  for (int shift = 0; shift < 3; ++shift) {
    for (int byte = 0; byte < 256; ++byte) raw += static_cast<char>(byte);
    raw += 'x';
    CHECK(decode_base64(encode_base64(raw)) == raw);
  }
}

TEST_CASE("Text that is not strict base64 is refused", "[base]") {
  for (const char* text : {"Zg", "Zg=", "Zg==\n", "Z===", "====", "Zm9v\nZm9v", "Zm-v", "Zm_v", "Zg==Zm9v",
                           "Zh==", "Zm9=", " Zm9v", "Zm8=Zm8=", "Zm\x80v", "=m9v", "Z=9v"}) {
    INFO(text);
    CHECK_THROWS_AS(decode_base64(text), Error);
  }
}
