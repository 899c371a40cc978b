#include "net/write_queue.hpp"

namespace agent::net {
namespace {

void release(std::string& text) { std::string().swap(text); }

}  // namespace

std::span<const char> WriteQueue::next(Tls* tls) {
  if (sent_ == front_.size()) {
    sent_ = 0;
    release(front_);
    if (tls == nullptr) {
      front_.swap(tail_);
    } else if (!tail_.empty() && tls->is_established()) {
      tls->encrypt(tail_, front_);
      release(tail_);
    }
  }
  return {front_.data() + sent_, front_.size() - sent_};
}

void WriteQueue::finish(Tls& tls) {
  if (!tail_.empty()) tls.encrypt(tail_, front_);
  release(tail_);
  tls.finish(front_);
}

void WriteQueue::clear() {
  release(tail_);
  release(front_);
  sent_ = 0;
}

}  // namespace agent::net
