// ExpressionPart: a regular expression as a tree, as far as DirectPattern knows the syntax of RE2.
//
// Known are literals, escapes of punctuation and \n \t \r \f \v \a, '.', \d \D \s \S \w \W, classes of those
// and ranges, groups ((…), (?:…), (?P<name>…), (?i:…), (?s:…), (?i), (?s)), alternatives, * + ? {m,n} and
// their lazy forms, ^ $ \A \z \b \B. Everything else is not known, and so is the repetition of what may be
// empty: engines differ in what (a*)* finds. Pure.
#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logkit {

using ByteSet = std::bitset<256>;

// What a set says about a character that is not ASCII.
enum class Others : std::uint8_t { none, all, some };

struct CharacterSet {
  ByteSet bytes;  // below 0x80
  Others others = Others::none;

  // The bytes with which one of its characters may begin, or more.
  ByteSet first_bytes() const;
};

struct ExpressionPart {
  enum class Kind { text, set, sequence, choice, repeat, group, begin, end, boundary, no_boundary };
  static constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

  Kind kind = Kind::sequence;
  std::string text;                   // text: in UTF-8
  CharacterSet set;                   // set
  std::vector<ExpressionPart> parts;  // sequence and choice: any number, repeat and group: one
  std::uint32_t least = 0;            // repeat
  std::uint32_t most = 0;             // repeat: kNoLimit or at least 1
  bool is_lazy = false;               // repeat: as few as possible
  std::uint32_t group = 0;            // group: by the order of the '(', from 0

  // It may match without taking a byte.
  bool may_be_empty = true;
  // The bytes with which a match that takes one may begin, or more.
  ByteSet first;
};

struct Expression {
  ExpressionPart root;
  std::uint32_t groups = 0;
};

// The expression must be one that RE2 takes. Nothing: something in it is not known here, or it is longer than
// 16 KiB or nested deeper than 50 levels.
std::optional<Expression> read_expression(std::string_view expression);

}  // namespace logkit
