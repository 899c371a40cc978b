#include "core/outbox.hpp"

#include <utility>

namespace agent::core {

bool Outbox::Queue::is_before(const Queue& other) const {
  if (texts.empty() || other.texts.empty()) return !texts.empty();
  return texts.front().number < other.texts.front().number;
}

Outbox::Text Outbox::Queue::take() {
  Text text = std::move(texts.front());
  texts.pop_front();
  bytes -= text.text.size();
  return text;
}

void Outbox::push(Queue& queue, std::string text, std::uint64_t spooled) {
  queue.bytes += text.size();
  queue.texts.push_back({next_number_++, std::move(text), spooled});
}

void Outbox::push_reply(std::string text) { push(replies_, std::move(text)); }

void Outbox::push_spooled(std::uint64_t number, std::string text) { push(spooled_, std::move(text), number); }

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
      return Item{std::move(reply->text), Lane::kept, reply->again, 0, reply->pace};
    }
  }
  was_kept_ = false;
  if (size() == 0) return std::nullopt;
  return pop_oldest();
}

Outbox::Item Outbox::pop_oldest() {
  if (replies_.is_before(reports_) && replies_.is_before(spooled_))
    return {replies_.take().text, Lane::reply};
  if (reports_.is_before(spooled_)) return {reports_.take().text, Lane::report};
  Text text = spooled_.take();
  return {std::move(text.text), Lane::spooled, false, text.spooled};
}

std::size_t Outbox::drop_replies() { return std::exchange(replies_, {}).texts.size(); }

}  // namespace agent::core
