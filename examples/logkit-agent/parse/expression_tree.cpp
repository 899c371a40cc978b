#include "expression_tree.hpp"

#include <algorithm>
#include <charconv>

namespace logkit {
namespace {

using Kind = ExpressionPart::Kind;

constexpr std::size_t kMaxSize = 16 * 1024;
constexpr int kMaxDepth = 50;
constexpr std::uint32_t kMaxRepeat = 1000;  // RE2's

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
std::size_t index_of(char c) { return static_cast<unsigned char>(c); }

void add_range(ByteSet& bytes, char low, char high) {
  for (std::size_t i = index_of(low); i <= index_of(high); ++i) bytes.set(i);
}

CharacterSet inverted(CharacterSet set) {
  for (std::size_t i = 0; i < 0x80; ++i) set.bytes.flip(i);
  if (set.others != Others::some) set.others = set.others == Others::none ? Others::all : Others::none;
  return set;
}

// Both cases of its letters. U+212A is a 'k' and U+017F an 's' then.
CharacterSet folded(CharacterSet set) {
  for (char c = 'a'; c <= 'z'; ++c) {
    const std::size_t small = index_of(c);
    const std::size_t large = small - 'a' + 'A';
    if (set.bytes[small] || set.bytes[large]) set.bytes.set(small).set(large);
  }
  const bool has_more = set.bytes['k'] || set.bytes['s'];
  if (has_more && set.others == Others::none) set.others = Others::some;
  return set;
}

CharacterSet set_of(char c) {
  CharacterSet set;
  set.bytes.set(index_of(c));
  return set;
}

// \d, \s, \w. Nothing: it is another letter.
std::optional<CharacterSet> named_set(char letter) {
  CharacterSet set;
  switch (letter) {
    case 'd': add_range(set.bytes, '0', '9'); return set;
    case 's':
      for (const char c : {'\t', '\n', '\f', '\r', ' '}) set.bytes.set(index_of(c));
      return set;
    case 'w':
      add_range(set.bytes, '0', '9');
      add_range(set.bytes, 'a', 'z');
      add_range(set.bytes, 'A', 'Z');
      set.bytes.set('_');
      return set;
    default: return std::nullopt;
  }
}

// The character behind a backslash. Nothing: it is none.
std::optional<char> escaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'f': return '\f';
    case 'v': return '\v';
    case 'a': return '\a';
    default: break;
  }
  if (c < ' ' || c == '_' || c == 0x7f || is_letter(c) || is_digit(c) || !is_ascii(c)) return std::nullopt;
  return c;
}

ExpressionPart part_of(CharacterSet set) {
  ExpressionPart part;
  part.kind = Kind::set;
  part.may_be_empty = false;
  part.first = set.first_bytes();
  part.set = set;
  return part;
}

ExpressionPart part_of(std::string text) {
  ExpressionPart part;
  part.kind = Kind::text;
  part.may_be_empty = false;
  part.first.set(index_of(text.front()));
  part.text = std::move(text);
  return part;
}

ExpressionPart part_of(Kind kind) {
  ExpressionPart part;
  part.kind = kind;
  return part;
}

class Reader {
 public:
  explicit Reader(std::string_view expression) : rest_(expression) {}

  std::optional<Expression> read() {
    ExpressionPart root = read_choice();
    if (!rest_.empty()) give_up();  // a ')' without its '('
    if (!is_known_) return std::nullopt;
    return Expression{std::move(root), groups_};
  }

 private:
  // Something is not known: nothing more is read.
  ExpressionPart give_up() {
    is_known_ = false;
    rest_ = {};
    return part_of(Kind::sequence);
  }

  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  char take_char() {
    if (rest_.empty()) {
      give_up();
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  // Alternatives, to the end or the ')' of the group.
  ExpressionPart read_choice() {
    ExpressionPart choice = part_of(Kind::choice);
    choice.may_be_empty = false;
    do {
      choice.parts.push_back(read_sequence());
      choice.may_be_empty |= choice.parts.back().may_be_empty;
      choice.first |= choice.parts.back().first;
    } while (take("|"));
    if (choice.parts.size() == 1) return ExpressionPart(std::move(choice.parts.front()));
    return choice;
  }

  ExpressionPart read_sequence() {
    ExpressionPart sequence = part_of(Kind::sequence);
    while (!rest_.empty() && !next_is('|') && !next_is(')')) append(sequence.parts, read_repeat());
    if (sequence.parts.size() == 1) return ExpressionPart(std::move(sequence.parts.front()));
    for (const ExpressionPart& part : sequence.parts) {
      if (sequence.may_be_empty) sequence.first |= part.first;
      sequence.may_be_empty &= part.may_be_empty;
    }
    return sequence;
  }

  static void append(std::vector<ExpressionPart>& parts, ExpressionPart part) {
    if (part.kind == Kind::text && !parts.empty() && parts.back().kind == Kind::text)
      parts.back().text += part.text;
    else
      parts.push_back(std::move(part));
  }

  // One thing, and how often.
  ExpressionPart read_repeat() {
    ExpressionPart one = read_one();
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    if (!take_count(least, most)) return one;
    const bool is_lazy = take("?");
    if (one.may_be_empty || most == 0 || next_is('*') || next_is('+') || next_is('?') || next_is('{'))
      return give_up();
    if (one.kind == Kind::text && one.text.size() == 1) one = part_of(set_of(one.text.front()));
    ExpressionPart repeat = part_of(Kind::repeat);
    repeat.least = least;
    repeat.most = most;
    repeat.is_lazy = is_lazy;
    repeat.may_be_empty = least == 0;
    repeat.first = one.first;
    repeat.parts.push_back(std::move(one));
    return repeat;
  }

  bool take_count(std::uint32_t& least, std::uint32_t& most) {
    most = ExpressionPart::kNoLimit;
    least = next_is('+') ? 1 : 0;
    if (take("*") || take("+")) return true;
    most = 1;
    if (take("?")) return true;
    return rest_.size() > 1 && rest_[0] == '{' && is_digit(rest_[1]) && take_braces(least, most);
  }

  bool take_braces(std::uint32_t& least, std::uint32_t& most) {
    take("{");
    least = take_number();
    most = least;
    if (take(",")) most = next_is('}') ? ExpressionPart::kNoLimit : take_number();
    if (!take("}") || most < least) give_up();
    return true;
  }

  std::uint32_t take_number() {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    const bool has_zeros = rest_.size() > 1 && rest_[0] == '0' && is_digit(rest_[1]);
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (error != std::errc() || has_zeros || number > kMaxRepeat) give_up();
    return number;
  }

  ExpressionPart read_one() {
    const char c = take_char();
    switch (c) {
      case '(': return read_group();
      case '[': return read_class();
      case '\\': return read_escape();
      case '.': return any_character();
      case '^': return part_of(Kind::begin);
      case '$': return part_of(Kind::end);
      case '*':
      case '+':
      case '?': return give_up();
      default: break;
    }
    if (c == '{' && !rest_.empty() && is_digit(rest_.front())) return give_up();
    return is_ascii(c) ? literal(c) : other_literal(c);
  }

  ExpressionPart any_character() const {
    CharacterSet none;
    if (!takes_line_ends_) none.bytes.set('\n');
    return part_of(inverted(none));
  }

  ExpressionPart literal(char c) const {
    if (is_folding_ && is_letter(c)) return part_of(folded(set_of(c)));
    return part_of(std::string(1, c));
  }

  // A character of several bytes.
  ExpressionPart other_literal(char first) {
    if (is_folding_) return give_up();
    std::string text(1, first);
    while (!rest_.empty() && (index_of(rest_.front()) & 0xC0U) == 0x80U) text += take_char();
    return part_of(std::move(text));
  }

  ExpressionPart read_escape() {
    const char c = take_char();
    switch (c) {
      case 'b': return part_of(Kind::boundary);
      case 'B': return part_of(Kind::no_boundary);
      case 'A': return part_of(Kind::begin);
      case 'z': return part_of(Kind::end);
      default: break;
    }
    if (const auto set = read_named_set(c)) return part_of(*set);
    const auto character = escaped(c);
    return character ? literal(*character) : give_up();
  }

  std::optional<CharacterSet> read_named_set(char letter) const {
    const bool is_inverted = letter >= 'A' && letter <= 'Z';
    auto set = named_set(is_inverted ? static_cast<char>(letter - 'A' + 'a') : letter);
    if (set && is_folding_) set = folded(*set);
    return set && is_inverted ? inverted(*set) : set;
  }

  ExpressionPart read_class() {
    CharacterSet set;
    const bool is_inverted = take("^");
    for (bool is_first = true; is_first || !next_is(']'); is_first = false) {
      if (rest_.empty() || rest_.starts_with("[:")) return give_up();
      add_item(set);
    }
    take("]");
    if (is_folding_) set = folded(set);
    return part_of(is_inverted ? inverted(set) : set);
  }

  // A range, a character or a named set.
  void add_item(CharacterSet& set) {
    if (rest_.size() > 1 && rest_[0] == '\\') {
      if (const auto named = read_named_set(rest_[1])) {
        rest_.remove_prefix(2);
        set.bytes |= named->bytes;
        if (set.others != Others::all && named->others != Others::none) set.others = named->others;
        return;
      }
    }
    const char low = take_class_char();
    const bool is_range = rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']';
    if (is_range) take("-");
    const char high = is_range ? take_class_char() : low;
    if (index_of(high) < index_of(low)) give_up();
    if (is_known_) add_range(set.bytes, low, high);
  }

  char take_class_char() {
    const char c = take_char();
    const std::optional<char> character = c == '\\' ? escaped(take_char()) : std::optional<char>(c);
    if (!character || !is_ascii(*character)) give_up();
    return character.value_or(0);
  }

  // Behind its '('. What (?i) says holds to the end of the group that it is in.
  ExpressionPart read_group() {
    const bool was_folding = is_folding_;
    const bool took_line_ends = takes_line_ends_;
    const bool is_plain = !next_is('?');
    if (is_plain || take("?P<")) return read_captured(is_plain);
    if (!take("?")) return give_up();
    while (!next_is(':') && !next_is(')')) {
      const char flag = take_char();
      if (flag == 'i') is_folding_ = true;
      if (flag == 's') takes_line_ends_ = true;
      if (flag != 'i' && flag != 's') return give_up();
    }
    if (take(")")) return part_of(Kind::sequence);
    take(":");
    ExpressionPart inner = read_inner();
    is_folding_ = was_folding;
    takes_line_ends_ = took_line_ends;
    return inner;
  }

  ExpressionPart read_captured(bool is_plain) {
    const bool was_folding = is_folding_;
    const bool took_line_ends = takes_line_ends_;
    if (!is_plain) rest_.remove_prefix(std::min(rest_.find('>'), rest_.size()));
    if (!is_plain && !take(">")) return give_up();
    ExpressionPart group = part_of(Kind::group);
    group.group = groups_++;
    ExpressionPart inner = read_inner();
    group.may_be_empty = inner.may_be_empty;
    group.first = inner.first;
    group.parts.push_back(std::move(inner));
    is_folding_ = was_folding;
    takes_line_ends_ = took_line_ends;
    return group;
  }

  ExpressionPart read_inner() {
    if (depth_ == kMaxDepth) return give_up();
    ++depth_;
    ExpressionPart inner = read_choice();
    --depth_;
    if (!take(")")) give_up();
    return inner;
  }

  std::string_view rest_;
  std::uint32_t groups_ = 0;
  int depth_ = 0;
  bool is_known_ = true;
  bool is_folding_ = false;
  bool takes_line_ends_ = false;
};

}  // namespace

ByteSet CharacterSet::first_bytes() const {
  ByteSet out = bytes;
  if (others != Others::none)
    for (std::size_t i = 0x80; i < 0x100; ++i) out.set(i);
  return out;
}

std::optional<Expression> read_expression(std::string_view expression) {
  if (expression.size() > kMaxSize) return std::nullopt;
  return Reader(expression).read();
}

}  // namespace logkit
