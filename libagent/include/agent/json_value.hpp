// Value, Document, Writer: JSON text (RFC 8259) as it is read and written. Structs: agent/json.hpp.
//
//   agent::json::Document document = agent::json::Document::parse(text);
//   for (std::size_t i = 0; i < document.root().size(); ++i) use(document.root().at(i).as_string());
//
// Values are views, Documents and Writers are owned by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace agent::json {

// Deepest accepted nesting of objects and arrays; deeper text is Errc::bad_message.
inline constexpr int kMaxDepth = 64;

// Longest accepted text in bytes; longer text is Errc::too_large. Offsets in a Document have 32 bits; who
// reads from a network has a far smaller limit of its own.
inline constexpr std::size_t kMaxText = 0xFFFFFFFF;

struct Node;

// Value: one value of a parsed Document. A cheap view; valid while the Document lives, also after the
// Document was moved. Accessors throw Errc::bad_message saying what was expected and what was found.
class Value {
 public:
  Value() = default;  // null

  // Exactly one of these is true.
  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  bool is_bool() const;

  // Throw when the value is of another type. as_int() and as_uint() also throw for a fraction and for a
  // number outside of the bounds, so 1.0 and 1e3 are no integers, as in Go. The text of a string is valid as
  // long as the Document.
  bool as_bool() const;
  std::int64_t as_int(std::int64_t min, std::int64_t max) const;
  std::uint64_t as_uint(std::uint64_t max) const;
  double as_double() const;
  float as_float() const;
  std::string_view as_string() const;
  std::string_view number_text() const;  // a number as it was written, with every digit

  // Number of array elements or object members, 0 for other values.
  std::size_t size() const;
  // The array element, or the object member in text order; null beyond the last one.
  Value at(std::size_t index) const;
  std::pair<std::string_view, Value> member(std::size_t index) const;

  // The member of that name; null when there is none. Exact match first, then ignoring ASCII case.
  // The last one of duplicates.
  Value find(std::string_view name) const;
  // Calls visit(Value) for all members of that name in text order: those that match exactly, or else those
  // that match without regard to ASCII case.
  template <class Visit>
  void each(std::string_view name, Visit visit) const {
    const Node* found = next(name, nullptr, true);
    const bool exactly = found != nullptr;
    if (!exactly) found = next(name, nullptr, false);
    for (; found != nullptr; found = next(name, found, exactly)) visit(Value(found));
  }

  // The value as JSON text again.
  std::string text() const;

 private:
  friend class Document;
  explicit Value(const Node* node) : node_(node) {}
  // The first member behind `after` (nullptr: of all) that matches; nullptr when there is none.
  const Node* next(std::string_view name, const Node* after, bool exactly) const;
  const Node* node_ = nullptr;
};

// What the value is, for error texts: "null", "1.5", "a string". Never the text of a string, which may be
// a secret.
std::string describe(Value value);

// Document: parsed JSON text, which it owns and unescapes in place.
class Document {
 public:
  // Trailing white space is fine, anything else behind the value is not. Bytes that are not UTF-8 and
  // escapes of half a surrogate pair become U+FFFD. Throws Errc::bad_message with the byte offset of the
  // first fault.
  static Document parse(std::string text);

  Document();  // null
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Value root() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writer: builds one JSON text without blanks. Calls must nest properly, and a key comes before each value of
// an object; that is the caller's duty, checked by assert. Invalid UTF-8 becomes U+FFFD.
class Writer {
 public:
  Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& null();
  Writer& boolean(bool value);
  Writer& integer(std::int64_t value);
  Writer& unsigned_integer(std::uint64_t value);
  Writer& number(double value);  // shortest text that reads back equal; NaN and infinities become 0
  Writer& number(float value);
  Writer& string(std::string_view value);
  Writer& raw(std::string_view json);  // text that is one valid JSON value already

  // The finished text; the writer is empty afterwards.
  std::string take();

 private:
  void separate();
  Writer& open(char bracket);
  Writer& close(char bracket);

  std::string text_;
  bool comma_ = false;  // one belongs before the next value or key
  int depth_ = 0;
};

// Raw: any JSON value, kept as text ("" = null). For payloads that are passed on unread.
struct Raw {
  std::string text;
  bool operator==(const Raw&) const = default;
};

}  // namespace agent::json
