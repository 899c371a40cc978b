#include "agent/json.hpp"

// Long strings are scanned 16 bytes at a time, five times as fast.
#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/error/error.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory_resource>

#include <fmt/format.h>

#include "base/ascii_case.hpp"
#include "base/json_plain.hpp"
#include "base/json_repair.hpp"

namespace agent::json {

// A parsed value, 16 bytes. Strings and numbers point into the document's text; numbers stay text until
// they are read, so that a value which is only passed on keeps every digit.
struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  union {
    bool truth;
    const char* text;
    std::size_t first;     // while parsing: index of the first child
    const Node* children;  // afterwards; members are pairs of name and value
  };
  std::uint32_t size;
  Kind kind;

  std::string_view view() const { return {text, size}; }
};

using Kind = Node::Kind;

namespace {

// Most messages need no more than this on the way; larger ones go to the heap.
constexpr std::size_t kScratchBytes = 2048;

// RapidJSON reads whole blocks of 16 bytes, so up to 15 beyond the end.
constexpr std::size_t kPaddingBytes = 16;

// Collects the parser's events. The children of an object or array lie side by side, so that an element
// is found by its index; that is known when the last one was read, hence the list of pending nodes.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
 public:
  explicit Builder(std::vector<Node>& nodes) : nodes_(nodes) {
    pending_.reserve(kScratchBytes / sizeof(Node) / 2);
  }

  bool Null() { return add({.first = 0, .size = 0, .kind = Kind::null}); }
  bool Bool(bool value) { return add({.truth = value, .size = 0, .kind = Kind::boolean}); }
  bool RawNumber(const char* text, unsigned size, bool) {
    return add({.text = text, .size = size, .kind = Kind::number});
  }
  bool String(const char* text, unsigned size, bool) {
    return add({.text = text, .size = size, .kind = Kind::string});
  }
  bool StartObject() { return ++depth_ <= kMaxDepth; }
  bool EndObject(unsigned members) { return close(Kind::object, members, 2 * std::size_t{members}); }
  bool StartArray() { return ++depth_ <= kMaxDepth; }
  bool EndArray(unsigned elements) { return close(Kind::array, elements, elements); }

  // Puts the root last and turns indexes into pointers, now that nothing moves any more.
  void finish() {
    move_pending(1);
    for (Node& node : nodes_) {
      if (node.kind >= Kind::array) node.children = nodes_.data() + node.first;
    }
  }

 private:
  bool add(const Node& node) {
    pending_.push_back(node);
    return true;
  }

  bool close(Kind kind, unsigned size, std::size_t children) {
    --depth_;
    Node node{.first = nodes_.size(), .size = size, .kind = kind};
    move_pending(children);
    return add(node);
  }

  void move_pending(std::size_t count) {
    auto first = pending_.end() - static_cast<std::ptrdiff_t>(count);
    nodes_.insert(nodes_.end(), first, pending_.end());
    pending_.erase(first, pending_.end());
  }

  std::vector<Node>& nodes_;
  std::array<std::byte, kScratchBytes> scratch_;
  std::pmr::monotonic_buffer_resource memory_{scratch_.data(), scratch_.size()};
  std::pmr::vector<Node> pending_{&memory_};
  int depth_ = 0;
};

std::string_view fault_text(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty: return "the text is empty";
    case rapidjson::kParseErrorDocumentRootNotSingular: return "more text follows the value";
    case rapidjson::kParseErrorObjectMissName: return "a member name in quotes is missing";
    case rapidjson::kParseErrorObjectMissColon: return "a ':' is missing after a member name";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket: return "a ',' or '}' is missing after a member";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "a ',' or ']' is missing after an element";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex: return "\\u needs four hexadecimal digits";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid: return "half of a surrogate pair";
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "not an escape, or a control character in a string";
    case rapidjson::kParseErrorStringMissQuotationMark: return "a string does not end";
    case rapidjson::kParseErrorStringInvalidEncoding: return "not UTF-8";
    case rapidjson::kParseErrorNumberTooBig: return "a number is beyond the range of a double";
    case rapidjson::kParseErrorNumberMissFraction: return "a digit is missing after the decimal point";
    case rapidjson::kParseErrorNumberMissExponent: return "a digit is missing in the exponent";
    case rapidjson::kParseErrorTermination: return "nested too deeply";
    default: return "not a JSON value";
  }
}

[[noreturn]] void throw_fault(rapidjson::ParseErrorCode code, std::size_t offset) {
  std::string text = fmt::format("JSON: offset {}: {}", offset, fault_text(code));
  if (code == rapidjson::kParseErrorTermination) text += fmt::format(", at most {} levels", kMaxDepth);
  throw Error(Errc::bad_message, text);
}

// Parses `text` in place, whatever it is. It ends at its first NUL.
void parse_fully(std::vector<Node>& nodes, std::string& text) {
  constexpr unsigned kFlags =
      rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  using Memory = rapidjson::MemoryPoolAllocator<>;
  alignas(std::max_align_t) std::array<char, 1024> scratch;
  Memory memory(scratch.data(), scratch.size());
  rapidjson::GenericReader<rapidjson::UTF8<>, rapidjson::UTF8<>, Memory> reader(&memory, scratch.size() / 2);

  Builder builder(nodes);
  text.append(kPaddingBytes, '\0');
  rapidjson::InsituStringStream stream(text.data());
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (result.IsError()) throw_fault(result.Code(), result.Offset());
  builder.finish();
}

// False: `text` is not plain, and `nodes` are of no use.
bool parse_plain(std::vector<Node>& nodes, const std::string& text) {
  Builder builder(nodes);
  if (!PlainReader(text, builder).read()) return false;
  builder.finish();
  return true;
}

// A first size that suits control messages (a node per 8 bytes of text) and wastes little on a payload
// that is one long string.
std::size_t expected_nodes(std::size_t text_size) { return std::min<std::size_t>(text_size / 8 + 2, 256); }

// `a` and `b` have one size. Most keys of a size differ in their first byte: no call for those.
bool is_equal(std::string_view a, std::string_view b) {
  return a.empty() || (a.front() == b.front() && a == b);
}

template <class Matches>
const Node* last_member(const Node& object, Matches matches) {
  for (std::size_t i = object.size; i-- > 0;) {
    if (matches(object.children[2 * i].view())) return &object.children[2 * i + 1];
  }
  return nullptr;
}

template <class Integer>
std::optional<Integer> integer_of(std::string_view text) {
  Integer number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The nearest value; nothing when it is too large. Numbers too small for a Float are 0, as in Go.
template <class Float>
std::optional<Float> float_of(std::string_view text) {
  Float number{};
  auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc{}) return number;
  // Out of range tells not which end. A larger type does; the parser let nothing pass that it can't hold.
  long double wide = 0;
  std::from_chars(text.data(), text.data() + text.size(), wide);
  if (std::abs(wide) > 1) return std::nullopt;
  return static_cast<Float>(wide);
}

void write_value(Writer& out, Value value);

}  // namespace

bool Value::is_null() const { return node_ == nullptr || node_->kind == Kind::null; }
bool Value::is_object() const { return node_ != nullptr && node_->kind == Kind::object; }
bool Value::is_array() const { return node_ != nullptr && node_->kind == Kind::array; }
bool Value::is_string() const { return node_ != nullptr && node_->kind == Kind::string; }
bool Value::is_number() const { return node_ != nullptr && node_->kind == Kind::number; }
bool Value::is_bool() const { return node_ != nullptr && node_->kind == Kind::boolean; }

bool Value::as_bool() const {
  if (!is_bool()) detail::throw_expected("true or false", *this);
  return node_->truth;
}

std::int64_t Value::as_int(std::int64_t min, std::int64_t max) const {
  auto number = is_number() ? integer_of<std::int64_t>(node_->view()) : std::nullopt;
  if (!number || *number < min || *number > max) {
    detail::throw_expected(fmt::format("an integer from {} to {}", min, max), *this);
  }
  return *number;
}

std::uint64_t Value::as_uint(std::uint64_t max) const {
  auto number = is_number() ? integer_of<std::uint64_t>(node_->view()) : std::nullopt;
  if (!number || *number > max) detail::throw_expected(fmt::format("an integer from 0 to {}", max), *this);
  return *number;
}

double Value::as_double() const {
  auto number = is_number() ? float_of<double>(node_->view()) : std::nullopt;
  if (!number) detail::throw_expected("a number within the range of a double", *this);
  return *number;
}

float Value::as_float() const {
  auto number = is_number() ? float_of<float>(node_->view()) : std::nullopt;
  if (!number) detail::throw_expected("a number within the range of a float", *this);
  return *number;
}

std::string_view Value::as_string() const {
  if (!is_string()) detail::throw_expected("a string", *this);
  return node_->view();
}

std::size_t Value::size() const { return is_array() || is_object() ? node_->size : 0; }

Value Value::at(std::size_t index) const {
  return is_array() && index < node_->size ? Value(&node_->children[index]) : Value();
}

std::pair<std::string_view, Value> Value::member(std::size_t index) const {
  if (!is_object() || index >= node_->size) return {};
  return {node_->children[2 * index].view(), Value(&node_->children[2 * index + 1])};
}

Value Value::find(std::string_view name) const {
  if (!is_object()) return {};
  const Node* found = last_member(*node_, [name](std::string_view key) { return key == name; });
  if (found == nullptr) {
    found = last_member(*node_, [name](std::string_view key) { return equals_ignoring_case(key, name); });
  }
  return Value(found);
}

const Node* Value::next(std::string_view name, const Node* after, bool exactly) const {
  if (!is_object()) return nullptr;
  const Node* const end = node_->children + 2 * std::size_t{node_->size};
  for (const Node* key = after ? after + 1 : node_->children; key != end; key += 2) {
    if (key->size != name.size()) continue;
    if (exactly ? is_equal(key->view(), name) : equals_ignoring_case(key->view(), name)) return key + 1;
  }
  return nullptr;
}

std::string Value::text() const {
  Writer out;
  write_value(out, *this);
  return out.take();
}

namespace {

void write_array(Writer& out, Value value) {
  out.begin_array();
  for (std::size_t i = 0; i < value.size(); ++i) write_value(out, value.at(i));
  out.end_array();
}

void write_object(Writer& out, Value value) {
  out.begin_object();
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto [name, item] = value.member(i);
    out.key(name);
    write_value(out, item);
  }
  out.end_object();
}

void write_value(Writer& out, Value value) {
  if (value.is_object()) {
    write_object(out, value);
  } else if (value.is_array()) {
    write_array(out, value);
  } else if (value.is_string()) {
    out.string(value.as_string());
  } else if (value.is_bool()) {
    out.boolean(value.as_bool());
  } else if (value.is_number()) {
    out.raw(value.number_text());
  } else {
    out.null();
  }
}

}  // namespace

std::string_view Value::number_text() const {
  if (!is_number()) detail::throw_expected("a number", *this);
  return node_->view();
}

// On the heap, so that a Document can move while views into it stay valid.
struct Document::Impl {
  std::string text;
  std::vector<Node> nodes;  // the root is the last one
};

Document::Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::parse(std::string text) {
  if (text.size() > kMaxText) {
    throw Error(Errc::too_large, fmt::format("JSON: {} bytes, at most {}", text.size(), kMaxText));
  }
  repair(text);
  Document out;
  out.impl_ = std::make_unique<Impl>();
  out.impl_->nodes.reserve(expected_nodes(text.size()));
  out.impl_->text = std::move(text);
  if (parse_plain(out.impl_->nodes, out.impl_->text)) return out;
  out.impl_->nodes.clear();
  parse_fully(out.impl_->nodes, out.impl_->text);
  return out;
}

Value Document::root() const { return impl_ ? Value(&impl_->nodes.back()) : Value(); }

std::string describe(Value value) {
  constexpr std::size_t kExcerpt = 40;
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_number()) return std::string(value.number_text().substr(0, kExcerpt));
  if (value.is_string()) return "a string";
  if (value.is_array()) return "an array";
  return value.is_object() ? "an object" : "null";
}

void detail::throw_expected(std::string_view what, Value found) {
  throw Error(Errc::bad_message, fmt::format("expected {}, found {}", what, describe(found)));
}

void detail::throw_within(std::size_t index, const Error& error) {
  throw error.within(fmt::format("[{}]", index));
}

}  // namespace agent::json
