#include "core/outbox.hpp"

#include <algorithm>
#include <utility>

namespace agent::core {

std::string Outbox::Lane::take() {
  std::string text = std::move(texts.front().text);
  texts.pop_front();
  bytes -= text.size();
  return text;
}

void Outbox::push(Lane& lane, std::string text, bool kept) {
  lane.bytes += text.size();
  lane.texts.push_back({next_number_++, std::move(text), kept});
}

void Outbox::push_reply(std::string text, bool kept) { push(replies_, std::move(text), kept); }

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
  auto is_lost = [](const Item& item) { return !item.kept; };
  auto lost = std::count_if(replies_.texts.begin(), replies_.texts.end(), is_lost);
  replies_ = {};
  return static_cast<std::size_t>(lost);
}

}  // namespace agent::core
