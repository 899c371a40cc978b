#include "hub/mailbox.hpp"

#include <memory>

namespace server {

Mailbox::~Mailbox() {
  for (Item* item = newest_.load(); item != nullptr;) {
    std::unique_ptr<Item> owned(item);
    item = item->next;
  }
}

void Mailbox::push(Item* item) {
  Item* before = newest_.load(std::memory_order_relaxed);
  do {
    item->next = before;
  } while (
      !newest_.compare_exchange_weak(before, item, std::memory_order_release, std::memory_order_relaxed));
  if (before == nullptr) loop_.post([this] { drain(); });
}

void Mailbox::drain() {
  for (Item* item = reversed(newest_.exchange(nullptr, std::memory_order_acquire)); item != nullptr;) {
    std::unique_ptr<Item> owned(item);
    item = item->next;
    owned->run();
  }
}

Mailbox::Item* Mailbox::reversed(Item* newest) {
  Item* oldest = nullptr;
  while (newest != nullptr) {
    Item* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

}  // namespace server
