#include "http/json_body.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "agent/error.hpp"
#include "http/reply.hpp"

namespace server {
namespace {

agent::json::Document parse(std::string text) {
  if (text.empty()) throw RequestError(400, "bad param: EOF");  // the original's words
  try {
    return agent::json::Document::parse(std::move(text));
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}", error.text()));
  }
}

agent::json::Document read(Request& request, std::string text) {
  agent::json::Document document = parse(std::move(text));
  if (request.known_keys != nullptr) request.known_keys->find_ignored(document.root(), request.ignored_keys);
  return document;
}

}  // namespace

agent::Task<agent::json::Document> json_body(Request* request) {
  std::string text = co_await request->body();
  co_return read(*request, std::move(text));
}

std::optional<agent::json::Document> json_body_at_hand(Request& request) {
  std::optional<std::string> text = request.body_at_hand();
  if (!text) return std::nullopt;
  return read(request, std::move(*text));
}

}  // namespace server
