// JsonPart, pieced_reply: JSON that is written while the client takes it, so that an answer with all keys of
// a store costs the memory of some pieces.
#pragma once

#include <string>
#include <vector>

#include "http/reply.hpp"
#include "store/key_value.hpp"

namespace server::door {

// Bytes of an answer that is written at once, with its Content-Length.
inline constexpr std::size_t kWholeAnswer = 256 * 1024;

// Text, and behind it items in etcd's form, with commas between them.
struct JsonPart {
  std::string text;
  std::vector<store::Item> items{};
  bool with_values = true;
};

// The parts, one behind the other, are one JSON text.
Reply pieced_reply(std::vector<JsonPart> parts);

}  // namespace server::door
