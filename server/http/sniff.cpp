#include "http/sniff.hpp"

#include <algorithm>
#include <array>

#include "base/ascii_case.hpp"

namespace server {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr std::string_view kBinary = "application/octet-stream";

// A row of the standard's tables. Bytes between `beginning` and `at` may be any.
struct Signature {
  std::string_view type;
  std::string_view beginning;
  std::size_t at = 0;  // where `then` stands
  std::string_view then{};
  std::size_t least = 0;  // bytes that must be there
};

// 7.1, 6.1, 6.2, 6.3 and 6.4, in this order, and RAR 5, which has a version in its marker.
constexpr std::array kSignatures{
    Signature{"application/pdf", "%PDF-"sv},
    Signature{"application/postscript", "%!PS-Adobe-"sv},
    Signature{"text/plain; charset=utf-16be", "\xFE\xFF"sv, 0, {}, 4},
    Signature{"text/plain; charset=utf-16le", "\xFF\xFE"sv, 0, {}, 4},
    Signature{kPlainText, "\xEF\xBB\xBF"sv, 0, {}, 4},
    Signature{"image/x-icon", "\0\0\1\0"sv},
    Signature{"image/x-icon", "\0\0\2\0"sv},
    Signature{"image/bmp", "BM"sv},
    Signature{"image/gif", "GIF87a"sv},
    Signature{"image/gif", "GIF89a"sv},
    Signature{"image/webp", "RIFF"sv, 8, "WEBPVP"sv},
    Signature{"image/png", "\x89PNG\r\n\x1A\n"sv},
    Signature{"image/jpeg", "\xFF\xD8\xFF"sv},
    Signature{"audio/aiff", "FORM"sv, 8, "AIFF"sv},
    Signature{"audio/mpeg", "ID3"sv},
    Signature{"application/ogg", "OggS\0"sv},
    Signature{"audio/midi", "MThd\0\0\0\6"sv},
    Signature{"video/avi", "RIFF"sv, 8, "AVI "sv},
    Signature{"audio/wave", "RIFF"sv, 8, "WAVE"sv},
    Signature{"video/webm", "\x1A\x45\xDF\xA3"sv},
    Signature{"application/vnd.ms-fontobject", {}, 34, "LP"sv},
    Signature{"font/ttf", "\0\1\0\0"sv},
    Signature{"font/otf", "OTTO"sv},
    Signature{"font/collection", "ttcf"sv},
    Signature{"font/woff", "wOFF"sv},
    Signature{"font/woff2", "wOF2"sv},
    Signature{"application/x-gzip", "\x1F\x8B\x08"sv},
    Signature{"application/zip", "PK\x03\x04"sv},
    Signature{"application/x-rar-compressed", "Rar!\x1A\x07\0"sv},
    Signature{"application/x-rar-compressed", "Rar!\x1A\x07\1\0"sv},
    Signature{"application/wasm", "\0asm"sv},
};

// 7.1: each is followed by a blank or ">".
constexpr std::array kTags{"<!DOCTYPE HTML"sv,
                           "<HTML"sv,
                           "<HEAD"sv,
                           "<SCRIPT"sv,
                           "<IFRAME"sv,
                           "<H1"sv,
                           "<DIV"sv,
                           "<FONT"sv,
                           "<TABLE"sv,
                           "<A"sv,
                           "<STYLE"sv,
                           "<TITLE"sv,
                           "<B"sv,
                           "<BODY"sv,
                           "<BR"sv,
                           "<P"sv,
                           "<!--"sv};

bool matches(const Signature& signature, std::string_view text) {
  return text.size() >= std::max(signature.at, signature.least) && text.starts_with(signature.beginning) &&
         text.substr(signature.at).starts_with(signature.then);
}

bool starts_with_tag(std::string_view text, std::string_view tag) {
  return text.size() > tag.size() && (text[tag.size()] == ' ' || text[tag.size()] == '>') &&
         agent::starts_with_ignoring_case(text, tag);
}

bool is_markup(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of("\t\n\f\r "), text.size()));
  return text.starts_with("<?xml") || std::any_of(kTags.begin(), kTags.end(), [text](std::string_view tag) {
           return starts_with_tag(text, tag);
         });
}

std::size_t big_endian(std::string_view four) {
  std::size_t number = 0;
  for (const char byte : four) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// 6.2.1: the first box is "ftyp", and one of its brands begins with "mp4". Between the major brand and the
// compatible ones stands a version.
bool is_mp4(std::string_view text) {
  if (text.size() < 12 || text.substr(4, 4) != "ftyp") return false;
  const std::size_t box = big_endian(text.substr(0, 4));
  if (box > text.size() || box % 4 != 0) return false;
  for (std::size_t at = 8; at + 4 <= box; at += at == 8 ? 8 : 4)
    if (text.substr(at, 3) == "mp4") return true;
  return false;
}

// 7.1, 9: what no text has.
bool is_binary(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x08 || byte == 0x0B || (byte >= 0x0E && byte <= 0x1A) || (byte >= 0x1C && byte <= 0x1F);
}

}  // namespace

std::string_view sniff_content_type(std::string_view beginning) {
  beginning = beginning.substr(0, kSniffBytes);
  if (is_markup(beginning)) return kPlainText;
  const auto found = std::find_if(kSignatures.begin(), kSignatures.end(),
                                  [&](const Signature& known) { return matches(known, beginning); });
  if (found != kSignatures.end()) return found->type;
  if (is_mp4(beginning)) return "video/mp4";
  return std::any_of(beginning.begin(), beginning.end(), is_binary) ? kBinary : kPlainText;
}

}  // namespace server
