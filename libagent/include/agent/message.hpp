// Message: one JSON object in a text frame of the WebSocket, as docs/wire.md describes it:
//
//   {"type": 1001, "tid": "20260301-00001-1f", "foo": {"name": "x"}}
//
// `type` says what it is, `tid` which call it belongs to, and at most one further member is the payload. A
// type of message is a struct with its number, the key of its payload and its fields:
//
//   struct Foo {
//     static constexpr agent::MessageKind message{1001, "foo"};
//     std::string name;
//     static void fields(auto& field) { field("name", &Foo::name); }
//   };
//
// The struct is all there is to it. Types of your own use numbers from 1000 to 9999; those below 1000 are the
// platform's (agent/wire/). Type 0 is an error reply, whose text is in `errmsg`.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/json.hpp"

namespace agent {

// The wire number and the key of the payload ("" = the message has no payload). An optional payload is left
// out when none of its fields is written, and one that is missing or null is read as T{}.
struct MessageKind {
  int type;
  std::string_view key;
  bool optional = false;
};

// A struct with fields() and a static member `message` of the type MessageKind.
template <class T>
concept Message = HasFields<T> && requires {
  { T::message } -> std::convertible_to<MessageKind>;
};

// Envelope: a received message, parsed as far as routing needs it. It owns the text; moved, not copied. The
// views that it returns are valid as long as it lives. One thread at a time.
class Envelope {
 public:
  // Throws Errc::bad_message when the text is not JSON, not an object, or has no integer `type`, and when
  // `tid`, `errmsg` or `seq` are of another type than below.
  static Envelope parse(std::string text);

  int type() const { return type_; }
  std::string_view tid() const { return tid_; }        // "" when absent
  std::string_view errmsg() const { return errmsg_; }  // set in type 0
  std::uint64_t seq() const { return seq_; }           // 0 when absent; capability `ack`, wire/kept.hpp
  json::Value root() const { return document_.root(); }

  // The payload of T; a T without one is empty. `type()` is not compared. Throws Errc::bad_message when the
  // payload does not fit, or is missing or null and not optional; the message begins with the payload's key.
  template <Message T>
  T payload() const;

 private:
  json::Document document_;
  int type_ = 0;
  std::string_view tid_;
  std::string_view errmsg_;
  std::uint64_t seq_ = 0;
};

template <Message T>
T Envelope::payload() const {
  T out{};
  if constexpr (!T::message.key.empty()) {
    bool found = false;
    try {
      root().each(T::message.key, [&](json::Value value) {
        found = found || !value.is_null();
        json::read(value, out);
      });
    } catch (const Error& error) {
      throw error.within(T::message.key);
    }
    if (!found && !T::message.optional)
      throw Error(Errc::bad_message, std::string(T::message.key) + ": the payload is missing");
  }
  return out;
}

// The text of a message, to be sent as it is. There is no member `tid` when `tid` is empty, and no `seq` when
// `seq` is 0 (the number of a kept reply, capability `ack`). Text that is not UTF-8 becomes U+FFFD.
template <Message T>
std::string encode_message(const T& payload, std::string_view tid = {}, std::uint64_t seq = 0) {
  json::Writer out;
  out.begin_object().key("type").integer(T::message.type);
  if (!tid.empty()) out.key("tid").string(tid);
  if (seq != 0) out.key("seq").unsigned_integer(seq);
  if constexpr (T::message.optional) {
    const std::string text = json::encode(payload);
    if (text != "{}") out.key(T::message.key).raw(text);
  } else if constexpr (!T::message.key.empty()) {
    out.key(T::message.key);
    json::write(out, payload);
  }
  out.end_object();
  return out.take();
}

// The text of an error reply, type 0.
std::string encode_error(std::string_view errmsg, std::string_view tid, std::uint64_t seq = 0);

}  // namespace agent
