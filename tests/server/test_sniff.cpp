#include <catch2/catch.hpp>
#include <string>

#include "http/sniff.hpp"

using server::sniff_content_type;
using namespace std::string_literals;

TEST_CASE("What has no control characters is text, all else is bytes", "[server]") {
  CHECK(sniff_content_type("") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("hello\r\n\tworld\x1b[0m") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("caf\xc3\xa9") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("a\0b"s) == "application/octet-stream");
  CHECK(sniff_content_type("\x7f\x45LF\x02\x01") == "application/octet-stream");
}

TEST_CASE("Formats are known by their first bytes", "[server]") {
  struct Row {
    std::string bytes;
    std::string type;
  };
  const std::string any = "\1\2\3\4";
  const Row row = GENERATE_COPY(values<Row>({
      {"%PDF-1.7", "application/pdf"},
      {"%!PS-Adobe-3.0", "application/postscript"},
      {"\xFE\xFF\0a"s, "text/plain; charset=utf-16be"},
      {"\xFF\xFE"s + "a\0"s, "text/plain; charset=utf-16le"},
      {"\xEF\xBB\xBF\0"s, "text/plain; charset=utf-8"},
      {"\0\0\1\0"s, "image/x-icon"},
      {"\0\0\2\0"s, "image/x-icon"},
      {"BM", "image/bmp"},
      {"GIF87a", "image/gif"},
      {"GIF89a", "image/gif"},
      {"RIFF" + any + "WEBPVP8 ", "image/webp"},
      {"\x89PNG\r\n\x1a\n", "image/png"},
      {"\xFF\xD8\xFF\xE0", "image/jpeg"},
      {"FORM" + any + "AIFF", "audio/aiff"},
      {"ID3\4", "audio/mpeg"},
      {"OggS\0"s, "application/ogg"},
      {"MThd\0\0\0\6\0\1"s, "audio/midi"},
      {"RIFF" + any + "AVI LIST", "video/avi"},
      {"RIFF" + any + "WAVEfmt ", "audio/wave"},
      {"\x1A\x45\xDF\xA3\x9f", "video/webm"},
      {std::string(34, '\0') + "LP", "application/vnd.ms-fontobject"},
      {"\0\1\0\0"s, "font/ttf"},
      {"OTTO\0"s, "font/otf"},
      {"ttcf\0"s, "font/collection"},
      {"wOFF\0"s, "font/woff"},
      {"wOF2\0"s, "font/woff2"},
      {"\x1f\x8b\x08\x01", "application/x-gzip"},
      {"PK\x03\x04....", "application/zip"},
      {"Rar!\x1a\7\0"s, "application/x-rar-compressed"},
      {"Rar!\x1a\7\1\0"s, "application/x-rar-compressed"},
      {"\0asm\1"s, "application/wasm"},
  }));
  CAPTURE(row.type);
  CHECK(sniff_content_type(row.bytes) == row.type);
}

TEST_CASE("What ends within a signature is judged by its bytes", "[server]") {
  CHECK(sniff_content_type("RIFF\1\1\1\1WEBP") == "application/octet-stream");
  CHECK(sniff_content_type("RIFF") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("\xFE\xFF\1") == "application/octet-stream");
  CHECK(sniff_content_type("\0\0\1"s) == "application/octet-stream");
}

TEST_CASE("An MP4 has the brand in its first box", "[server]") {
  const auto box = [](char size, const std::string& brands) { return "\0\0\0"s + size + "ftyp" + brands; };
  CHECK(sniff_content_type(box(12, "mp42")) == "video/mp4");
  CHECK(sniff_content_type(box(24, "isom\0\0\2\0isommp41"s)) == "video/mp4");
  CHECK(sniff_content_type(box(16, "isommp41")) == "application/octet-stream");  // that is the version
  CHECK(sniff_content_type(box(20, "isom\0\0\2\0isommp41"s)) == "application/octet-stream");
  CHECK(sniff_content_type(box(40, "isom\0\0\2\0mp41"s)) == "application/octet-stream");
  CHECK(sniff_content_type(box(11, "mp42")) == "application/octet-stream");
}

TEST_CASE("What browsers would run is told as plain text", "[server]") {
  const std::string beginning = GENERATE(
      "<!doctype html><p>", "<html>", "<Head >", "<script>alert(1)</script>", "<iframe ", "<h1>", "<div ",
      "<font>", "<table>", "<a ", "<style>", "<title>", "<b>", "<body>", "<br>", "<p>", "<!-- -->",
      "<?xml version=\"1.0\"?>", "<?xml?><svg xmlns=\"http://www.w3.org/2000/svg\">", "<svg>", "<htmlx");
  CHECK(sniff_content_type(beginning) == "text/plain; charset=utf-8");
  CHECK(sniff_content_type(" \t\r\n\f" + beginning) == "text/plain; charset=utf-8");
}

TEST_CASE("Markup with control characters is text all the same", "[server]") {
  CHECK(sniff_content_type("<html>\0"s) == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("<htmlx>\0"s) == "application/octet-stream");
}

TEST_CASE("What comes behind the first 512 bytes does not count", "[server]") {
  CHECK(sniff_content_type(std::string(512, 'x') + '\0') == "text/plain; charset=utf-8");
  CHECK(sniff_content_type(std::string(511, 'x') + '\0') == "application/octet-stream");
}
