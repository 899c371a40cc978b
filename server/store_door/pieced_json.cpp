#include "store_door/pieced_json.hpp"

#include <memory>
#include <utility>

#include "agent/json.hpp"
#include "http/body_writer.hpp"
#include "store/gateway_json.hpp"

namespace server::door {
namespace {

using Parts = std::shared_ptr<const std::vector<JsonPart>>;

constexpr std::size_t kPiece = 64 * 1024;

std::string item_text(const JsonPart& part, std::size_t index) {
  agent::json::Writer out;
  store::gateway::write(out, *part.items[index], part.with_values);
  std::string text = out.take();
  return index == 0 ? text : "," + text;
}

// An upper bound, roughly: base64 takes a third more.
std::size_t size_of(const std::vector<JsonPart>& parts) {
  std::size_t sum = 0;
  for (const JsonPart& part : parts) {
    sum += part.text.size();
    for (const store::Item& item : part.items)
      sum += store::kKeyCost + item->key.size() * 4 / 3 + (part.with_values ? item->value.size() * 4 / 3 : 0);
  }
  return sum;
}

agent::Task<> write_parts(Parts parts, BodyWriter* writer) {
  std::string piece;
  for (const JsonPart& part : *parts) {
    piece += part.text;
    for (std::size_t i = 0; i < part.items.size(); ++i) {
      piece += item_text(part, i);
      if (piece.size() < kPiece) continue;
      writer->write(piece);
      piece.clear();
      co_await writer->room();
    }
  }
  writer->write(piece);
  co_await writer->room();
}

}  // namespace

Reply pieced_reply(std::vector<JsonPart> parts) {
  if (size_of(parts) <= kWholeAnswer) {
    std::string text;
    for (const JsonPart& part : parts) {
      text += part.text;
      for (std::size_t i = 0; i < part.items.size(); ++i) text += item_text(part, i);
    }
    return json_reply(200, std::move(text));
  }
  Reply reply = json_reply(200, {});
  const Parts shared = std::make_shared<const std::vector<JsonPart>>(std::move(parts));
  reply.stream = [shared](BodyWriter* writer) { return write_parts(shared, writer); };
  return reply;
}

}  // namespace server::door
