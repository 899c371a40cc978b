#include "line_decoder.hpp"

#include <agent/utf8.hpp>
#include <algorithm>

namespace logkit {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string upper_case(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

// The name that says the byte order.
std::string exact_name(const std::string& encoding, std::string_view beginning) {
  const std::string name = upper_case(encoding);
  if (name == "UTF-16" || name == "UTF16") return beginning.starts_with("\xFE\xFF") ? "UTF-16BE" : "UTF-16LE";
  if (name == "UTF8" || name == "UTF-8") return {};
  return name == "LATIN1" ? "ISO-8859-1" : name;
}

Unit unit_of(const std::string& name) {
  if (name == "UTF-16LE" || name == "UCS-2LE") return Unit::two_little;
  if (name == "UTF-16BE" || name == "UCS-2BE") return Unit::two_big;
  return Unit::byte;
}

std::string_view without_mark(std::string_view text, const Line& line) {
  if (line.begin == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

}  // namespace

LineDecoder::LineDecoder(const std::string& encoding, std::string_view beginning) {
  const std::string name = exact_name(encoding, beginning);
  unit_ = unit_of(name);
  if (!name.empty()) charset_ = std::make_unique<agent::Charset>(name);
}

std::string_view LineDecoder::decode(const Line& line, Arena& arena) {
  if (!charset_) {
    if (line.is_ascii || agent::is_utf8(line.text)) return without_mark(line.text, line);
    ++repaired_;
    return without_mark(arena.keep(agent::repair_utf8(line.text)), line);
  }
  std::string bytes(line.text);
  std::string text = charset_->convert(bytes);
  // What is left began a character that the line's end cuts off.
  if (!bytes.empty()) text += kReplacement;
  if (text.find(kReplacement) != std::string::npos) ++repaired_;
  if (unit_ != Unit::byte && text.ends_with('\r')) text.pop_back();
  return without_mark(arena.keep(text), line);
}

}  // namespace logkit
