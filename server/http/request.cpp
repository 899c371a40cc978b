#include "http/request.hpp"

#include <fmt/format.h>

#include <utility>

#include "http/reply.hpp"

namespace server {

agent::Task<std::string> Request::read() {
  if (source == nullptr) co_return std::string();
  std::string piece = co_await source->read();
  body_bytes_ += piece.size();
  if (body_bytes_ > body_limit) {
    throw RequestError(413, fmt::format("body: more than {} bytes", body_limit));
  }
  co_return piece;
}

std::optional<std::string> Request::body_at_hand() {
  if (head.content_length.value_or(0) > body_limit) {  // spares the upload
    throw RequestError(413, fmt::format("body: more than {} bytes", body_limit));
  }
  return source != nullptr ? source->take_whole() : std::nullopt;
}

agent::Task<std::string> Request::body() {
  std::optional<std::string> at_hand = body_at_hand();
  if (at_hand) co_return std::move(*at_hand);
  // One byte more than there is: up to the end.
  const std::size_t most = head.content_length.value_or(body_limit) + 1;
  const std::shared_ptr<agent::ByteSource> pieces = content();
  std::string whole = co_await agent::gather(pieces, most);
  co_return whole;
}

void Request::when_parted(std::function<void()> action) {
  parting_ = std::move(action);
  if (has_parted_ && parting_) parting_();
}

void Request::part() {
  if (std::exchange(has_parted_, true)) return;
  if (parting_) parting_();
}

}  // namespace server
