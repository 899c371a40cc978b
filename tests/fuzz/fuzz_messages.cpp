// The JSON of a peer, read as every message that it could be.
#include "agent/wire/kept.hpp"
#include "base/json_repair.hpp"
#include "tests/base/all_messages.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using agent::Envelope;
using agent::Errc;
using agent::Error;

template <agent::Message T>
std::string encode(const Envelope& envelope, const T& payload) {
  return agent::encode_message(payload, envelope.tid(), envelope.seq());
}

// What is understood is written so that it is understood again, and as the same.
template <agent::Message T>
void check(const Envelope& envelope) {
  T payload;
  try {
    payload = envelope.payload<T>();
  } catch (const Error& error) {
    fuzz::require(error.code() == Errc::bad_message || error.code() == Errc::too_large, "another error");
    return;
  }
  const std::string text = encode(envelope, payload);
  const Envelope again = Envelope::parse(text);
  fuzz::require(encode(again, again.payload<T>()) == text, "a message does not come back");
}

template <agent::Message... Ts>
void check_all(const Envelope& envelope, test::MessageList<Ts...>) {
  (check<Ts>(envelope), ...);
}

}  // namespace

void fuzz::messages(std::string_view input) {
  try {
    const Envelope envelope = Envelope::parse(std::string(input));
    check_all(envelope, test::AllMessages());
    check_all(envelope, test::MessageList<agent::wire::Held, agent::wire::Ack>());
  } catch (const Error& error) {
    require(error.code() == Errc::bad_message, "another error");
  }
}
