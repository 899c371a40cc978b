#include "base/text_decoder.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii_case.hpp"
#include "base/utf8.hpp"

namespace agent {
namespace {

constexpr std::size_t kMaxSequence = 4;

bool is_utf8_name(const std::string& charset) {
  return charset.empty() || equals_ignoring_case(charset, "UTF-8") || equals_ignoring_case(charset, "UTF8");
}

// Whether more bytes could make a valid sequence of it. The two fillers are the ends of the range that a
// second byte may be in; every first byte accepts one of them.
bool is_beginning(std::string_view bytes) {
  for (const char filler : {'\x80', '\xBF'}) {
    std::string sequence(bytes);
    sequence.resize(kMaxSequence, filler);
    if (utf8_sequence_size(sequence) > bytes.size()) return true;
  }
  return false;
}

// The size of the character that `text` ends in the middle of; 0 when it does not.
std::size_t incomplete_tail(std::string_view text) {
  for (std::size_t size = 1; size < kMaxSequence && size <= text.size(); ++size) {
    const std::string_view tail = text.substr(text.size() - size);
    const auto first = static_cast<unsigned char>(tail.front());
    if (first >= 0xC0) return is_beginning(tail) ? size : 0;
    if (first < 0x80) return 0;
  }
  return 0;
}

}  // namespace

TextDecoder::TextDecoder(const std::string& charset, Tail tail)
    : charset_(is_utf8_name(charset) ? nullptr : std::make_unique<Charset>(charset)), tail_(tail) {}

std::string TextDecoder::decode(std::string piece) {
  if (!charset_ && tail_ == Tail::passes) return piece;
  if (!pending_.empty()) piece.insert(0, pending_);
  if (charset_) {
    pending_ = std::move(piece);
    return charset_->convert(pending_);
  }
  const std::size_t whole = piece.size() - incomplete_tail(piece);
  pending_.assign(piece, whole);
  piece.resize(whole);
  return piece;
}

std::string TextDecoder::finish() {
  if (charset_ && !pending_.empty()) pending_ = kReplacementCharacter;
  return std::exchange(pending_, {});
}

}  // namespace agent
