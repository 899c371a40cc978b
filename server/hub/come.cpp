#include "hub/come.hpp"

#include <fmt/format.h>

#include <utility>

#include "hub/ids.hpp"

namespace server {

using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::wire::Come;

Come read_come(std::string text) {
  const Envelope envelope = Envelope::parse(std::move(text));
  if (envelope.type() != Come::message.type) {
    throw Error(Errc::bad_message, fmt::format("the first message is of type {}, not {} (come)",
                                               envelope.type(), Come::message.type));
  }
  Come come = envelope.payload<Come>();
  if (const char* fault = id_fault(come.id))
    throw Error(Errc::bad_message, fmt::format("come: id: {}", fault));
  return come;
}

}  // namespace server
