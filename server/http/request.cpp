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

agent::Task<std::string> Request::body() {
  if (head.content_length.value_or(0) > body_limit) {  // spares the upload
    throw RequestError(413, fmt::format("body: more than {} bytes", body_limit));
  }
  std::string whole = co_await read();
  for (bool more = !whole.empty(); more;) {
    std::string piece = co_await read();
    more = !piece.empty();
    whole += piece;
  }
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
