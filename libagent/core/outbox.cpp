#include "core/outbox.hpp"

#include <utility>

namespace agent::core {

std::string Outbox::Queue::take() {
  std::string text = std::move(texts.front().text);
  texts.pop_front();
  bytes -= text.size();
  return text;
}

void Outbox::push(Queue& queue, std::string text) {
  queue.bytes += text.size();
  queue.texts.push_back({next_number_++, std::move(text)});
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

std::optional<Outbox::Item> Outbox::pop() {
  const bool others_turn = size() > 0 && (was_kept_ || !has_few_replies());
  if (!others_turn) {
    if (std::optional<KeptCalls::Reply> reply = kept_.take()) {
      was_kept_ = true;
      return Item{std::move(reply->text), Lane::kept, reply->again};
    }
  }
  was_kept_ = false;
  if (size() == 0) return std::nullopt;
  return pop_oldest();
}

Outbox::Item Outbox::pop_oldest() {
  const bool reply_first =
      reports_.texts.empty() ||
      (!replies_.texts.empty() && replies_.texts.front().number < reports_.texts.front().number);
  if (reply_first) return {replies_.take(), Lane::reply};
  return {reports_.take(), Lane::report};
}

std::size_t Outbox::drop_replies() { return std::exchange(replies_, {}).texts.size(); }

}  // namespace agent::core
