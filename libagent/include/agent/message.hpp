// Message: one JSON object on the wire: `type`, `tid`, at most one payload (wire protocol, section 5).
//
//   struct Foo {
//     static constexpr agent::MessageKind message{1001, "foo"};
//     std::string name;
//     static void fields(auto& field) { field("name", &Foo::name); }
//   };
//
// The struct is all there is to a message type; types of your own use numbers from 1000 to 9999.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/json.hpp"

namespace agent {

// The wire number and the key of the payload ("" = the message has no payload).
struct MessageKind {
  int type;
  std::string_view key;
};

template <class T>
concept Message = HasFields<T> && requires {
  { T::message } -> std::convertible_to<MessageKind>;
};

// Envelope: a received message, parsed as far as routing needs it. Owns the text; moved, not copied.
class Envelope {
 public:
  // Throws Errc::bad_message when the text is not an object with an integer `type`.
  static Envelope parse(std::string text);

  int type() const { return type_; }
  std::string_view tid() const { return tid_; }        // "" when absent
  std::string_view errmsg() const { return errmsg_; }  // set in type 0
  std::uint64_t seq() const { return seq_; }           // 0 when absent; capability `ack`, wire/kept.hpp
  json::Value root() const { return document_.root(); }

  // The payload of T. Throws Errc::bad_message when it is missing, null or does not fit.
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
    if (!found) throw Error(Errc::bad_message, std::string(T::message.key) + ": the payload is missing");
  }
  return out;
}

// The text of a message; no `tid` member when it is empty, no `seq` when it is 0.
template <Message T>
std::string encode_message(const T& payload, std::string_view tid = {}, std::uint64_t seq = 0) {
  json::Writer out;
  out.begin_object().key("type").integer(T::message.type);
  if (!tid.empty()) out.key("tid").string(tid);
  if (seq != 0) out.key("seq").unsigned_integer(seq);
  if constexpr (!T::message.key.empty()) {
    out.key(T::message.key);
    json::write(out, payload);
  }
  out.end_object();
  return out.take();
}

// The text of an error reply, type 0.
std::string encode_error(std::string_view errmsg, std::string_view tid, std::uint64_t seq = 0);

}  // namespace agent
