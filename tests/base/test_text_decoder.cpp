#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "base/text_decoder.hpp"
#include "base/utf8.hpp"

using namespace agent;

namespace {

// The text when it arrives in pieces of `size` bytes; every piece that comes out, but for the last, is
// checked.
std::string decode_in_pieces(const std::string& bytes, std::size_t size, bool valid,
                             const std::string& charset = {}) {
  TextDecoder decoder(charset);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string piece = decoder.decode(bytes.substr(at, size));
    if (valid) CHECK(is_utf8(piece));
    text += piece;
  }
  return text + decoder.finish();
}

const std::string kText =
    "caf\xC3\xA9 \xD0\x9F\xD1\x80\xD0\xB8 \xE4\xB8\xAD\xE6\x96\x87 \xED\x9F\xBF \xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF.";
const std::string kGbk = "ls: \xD6\xD0\xCE\xC4.";
const std::string kGbkAsUtf8 = "ls: \xE4\xB8\xAD\xE6\x96\x87.";

}  // namespace

TEST_CASE("UTF-8 comes out as it went in, and no piece ends within a character", "[base]") {
  const std::size_t size = GENERATE(1, 2, 3, 4, 5, 7, 1000);
  CHECK(decode_in_pieces(kText, size, true) == kText);
}

TEST_CASE("A two-byte character is text and stays as it is", "[base]") {
  TextDecoder decoder;
  CHECK(decoder.decode("caf\xC3\xA9\n") == "caf\xC3\xA9\n");
}

TEST_CASE("A character that is split between pieces comes out whole with the second", "[base]") {
  TextDecoder decoder("utf-8");
  CHECK(decoder.decode("a\xE4\xB8") == "a");
  CHECK(decoder.decode("\xAD") == "\xE4\xB8\xAD");
  CHECK(decoder.finish().empty());
}

TEST_CASE("A decoder that lets tails pass holds nothing back of what it does not convert", "[base]") {
  TextDecoder decoder("UTF-8", TextDecoder::Tail::passes);
  CHECK(decoder.decode("a\xE4\xB8") == "a\xE4\xB8");
  CHECK(decoder.decode("\xAD") == "\xAD");
  CHECK(decoder.finish().empty());
  TextDecoder converting("GBK", TextDecoder::Tail::passes);
  CHECK(converting.decode("ls: \xD6").size() == 4);
}

TEST_CASE("Binary output survives byte for byte, however it is cut", "[base]") {
  std::string bytes;
  unsigned state = 1;
  for (int i = 0; i < 20000; ++i) bytes += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const std::size_t size = GENERATE(1, 2, 3, 63, 4096);
  CHECK(decode_in_pieces(bytes, size, false) == bytes);
}

TEST_CASE("Bytes that begin no character are not held back", "[base]") {
  const auto bytes = GENERATE(as<std::string>(), "\xC0", "\xC1", "\xF5", "\xFF", "\xE0\x80", "\xED\xA0",
                              "\xF0\x8F", "\xF4\x90", "\x80\x80\x80\x80", "a\xE4\x41");
  TextDecoder decoder;
  CHECK(decoder.decode(bytes) == bytes);
}

TEST_CASE("An incomplete character at the end of the output comes out as it is", "[base]") {
  TextDecoder decoder;
  CHECK(decoder.decode("\xF0\x9F\x98").empty());
  CHECK(decoder.finish() == "\xF0\x9F\x98");
  CHECK(decoder.finish().empty());
}

TEST_CASE("GBK is converted when it is named, also when a character is split", "[base]") {
  const std::size_t size = GENERATE(1, 2, 3, 1000);
  CHECK(decode_in_pieces(kGbk, size, true, "GBK") == kGbkAsUtf8);
}

TEST_CASE("Output longer than the converter's buffer is converted whole", "[base]") {
  std::string gbk;
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    gbk += kGbk;
    text += kGbkAsUtf8;
  }
  CHECK(decode_in_pieces(gbk, 65536, true, "gbk") == text);
}

TEST_CASE("What is no GBK becomes a replacement character, and the rest is converted", "[base]") {
  CHECK(decode_in_pieces("a\xFF\xD6\xD0", 1000, true, "GBK") == "a\xEF\xBF\xBD\xE4\xB8\xAD");
  CHECK(decode_in_pieces("a\xD6", 1000, true, "GBK") == "a\xEF\xBF\xBD");
}

TEST_CASE("A character set that the system does not know is named in the error", "[base]") {
  CHECK_THROWS_WITH(TextDecoder("EBCDIC-9"), Catch::Contains("EBCDIC-9"));
}
