#include "core/outbox.hpp"

#include <utility>

namespace agent::core {

std::string Outbox::Lane::take() {
  std::string text = std::move(texts.front().text);
  texts.pop_front();
  bytes -= text.size();
  return text;
}

void Outbox::push(Lane& lane, std::string text) {
  lane.bytes += text.size();
  lane.texts.push_back({next_number_++, std::move(text)});
}

void Outbox::push_reply(std::string text) { push(replies_, std::move(text)); }

std::size_t Outbox::push_report(std::string text) {
  std::size_t dropped = 0;
  while (bytes() + text.size() > limit_ && !reports_.texts.empty()) {
    reports_.take();
    ++dropped;
  }
  if (bytes() + text.size() > limit_) return dropped + 1;
  push(reports_, std::move(text));
  return dropped;
}

std::optional<std::string> Outbox::pop() {
  if (empty()) return std::nullopt;
  bool reply_first = reports_.texts.empty() || (!replies_.texts.empty() && replies_.texts.front().number <
                                                                               reports_.texts.front().number);
  return (reply_first ? replies_ : reports_).take();
}

std::size_t Outbox::drop_replies() {
  std::size_t count = replies_.texts.size();
  replies_ = {};
  return count;
}

}  // namespace agent::core
