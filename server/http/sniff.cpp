#include "http/sniff.hpp"

#include <strings.h>

#include <algorithm>
#include <array>

namespace server {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view bytes;
  std::string_view type;
};

constexpr std::array kSignatures{
    Signature{"%PDF-"sv, "application/pdf"},
    Signature{"%!PS-Adobe-"sv, "application/postscript"},
    Signature{"\xFE\xFF"sv, "text/plain; charset=utf-16be"},
    Signature{"\xFF\xFE"sv, "text/plain; charset=utf-16le"},
    Signature{"\xEF\xBB\xBF"sv, "text/plain; charset=utf-8"},
    Signature{"GIF87a"sv, "image/gif"},
    Signature{"GIF89a"sv, "image/gif"},
    Signature{"\x89PNG\r\n\x1A\n"sv, "image/png"},
    Signature{"\xFF\xD8\xFF"sv, "image/jpeg"},
    Signature{"BM"sv, "image/bmp"},
    Signature{"OggS\0"sv, "application/ogg"},
    Signature{"ID3"sv, "audio/mpeg"},
    Signature{"PK\x03\x04"sv, "application/zip"},
    Signature{"\x1F\x8B\x08"sv, "application/x-gzip"},
    Signature{"Rar!\x1A\x07\0"sv, "application/x-rar-compressed"},
    Signature{"\0asm"sv, "application/wasm"},
};

bool starts_with_ignoring_case(std::string_view text, std::string_view beginning) {
  return text.size() >= beginning.size() && strncasecmp(text.data(), beginning.data(), beginning.size()) == 0;
}

std::string_view markup_type(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("\t\n\f\r "), text.size()));
  if (text.starts_with("<?xml")) return "text/xml; charset=utf-8";
  for (std::string_view tag :
       {"<!DOCTYPE HTML", "<HTML", "<HEAD", "<SCRIPT", "<BODY", "<TABLE", "<DIV", "<TITLE"}) {
    const bool ends = text.size() > tag.size() && (text[tag.size()] == ' ' || text[tag.size()] == '>');
    if (ends && starts_with_ignoring_case(text, tag)) return "text/html; charset=utf-8";
  }
  return text.starts_with("<!--") ? "text/html; charset=utf-8" : "";
}

bool is_binary(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x08 || byte == 0x0B || (byte >= 0x0E && byte <= 0x1A) || (byte >= 0x1C && byte <= 0x1F);
}

}  // namespace

std::string_view sniff_content_type(std::string_view beginning) {
  beginning = beginning.substr(0, kSniffBytes);
  const std::string_view markup = markup_type(beginning);
  if (!markup.empty()) return markup;
  for (const Signature& signature : kSignatures) {
    if (beginning.starts_with(signature.bytes)) return signature.type;
  }
  const bool binary = std::any_of(beginning.begin(), beginning.end(), is_binary);
  return binary ? "application/octet-stream" : "text/plain; charset=utf-8";
}

}  // namespace server
