#include <catch2/catch.hpp>
#include <string>

#include "http/sniff.hpp"

using server::sniff_content_type;

TEST_CASE("Content types are guessed from the first bytes", "[server]") {
  CHECK(sniff_content_type("") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("hello\r\n\tworld\x1b[0m") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type("caf\xc3\xa9") == "text/plain; charset=utf-8");
  CHECK(sniff_content_type(std::string("a\0b", 3)) == "application/octet-stream");
  CHECK(sniff_content_type("\x7f"
                           "ELF\x02\x01") == "application/octet-stream");
  CHECK(sniff_content_type("%PDF-1.7") == "application/pdf");
  CHECK(sniff_content_type("\x89PNG\r\n\x1a\n....") == "image/png");
  CHECK(sniff_content_type("PK\x03\x04....") == "application/zip");
  CHECK(sniff_content_type("\x1f\x8b\x08\x01") == "application/x-gzip");
  CHECK(sniff_content_type("  <!doctype html><p>") == "text/html; charset=utf-8");
  CHECK(sniff_content_type("<?xml version=\"1.0\"?>") == "text/xml; charset=utf-8");
  CHECK(sniff_content_type("<htmlx") == "text/plain; charset=utf-8");
}

TEST_CASE("What comes behind the first 512 bytes does not count", "[server]") {
  CHECK(sniff_content_type(std::string(512, 'x') + '\0') == "text/plain; charset=utf-8");
  CHECK(sniff_content_type(std::string(511, 'x') + '\0') == "application/octet-stream");
}
