#include "commands/settled_calls.hpp"

#include <utility>

#include "agent/message.hpp"
#include "agent/wire/kept.hpp"

namespace server {

void SettledCalls::add(const std::shared_ptr<Session>& session, std::string tid) {
  Batch& batch = batches_[session.get()];
  batch.session = session;
  batch.calls.push_back(std::move(tid));
  if (batch.calls.size() < kSettledTogether) return set_timer();
  send(batch, agent::net::Flush::later);
  batches_.erase(session.get());
}

void SettledCalls::send(Batch& batch, agent::net::Flush when) {
  const agent::wire::Settled settled{std::move(batch.calls)};
  batch.session->send(agent::encode_message(settled), when);
}

void SettledCalls::send_all() {
  for (auto& [session, batch] : std::exchange(batches_, {})) send(batch, agent::net::Flush::now);
}

void SettledCalls::set_timer() {
  if (std::exchange(waits_, true)) return;
  timer_.expires_after(kSettledWithin);
  timer_.async_wait([this](const asio::error_code& ended) {
    if (ended) return;
    waits_ = false;
    send_all();
  });
}

}  // namespace server
