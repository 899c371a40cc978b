// Sender: empties the outbox into the session's socket. Loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/task.hpp"
#include "base/event.hpp"
#include "core/counters.hpp"
#include "core/outbox.hpp"
#include "net/bulk.hpp"
#include "net/websocket.hpp"

namespace agent::core {

// What is handed to the socket can no longer be dropped or bounded, so it is only as much as keeps the
// kernel busy.
inline constexpr std::size_t kSocketWindow = 128 * 1024;

class Sender {
 public:
  Sender(net::Loop& loop, Outbox& outbox, const Counters& counters)
      : loop_(loop), outbox_(outbox), counters_(counters) {}

  // Messages leave through `socket` from now on, which must live until detach(); before what waits
  // already, `first` does, unless it is empty.
  void attach(net::WebSocket& socket, const std::string& first = {});
  // The session has ended: its replies are dropped, reports wait for the next one.
  void detach();

  // Contents beside the messages of the current session; nullptr without one.
  std::shared_ptr<net::BulkStreams> streams() const { return streams_; }

  void reply(std::string text);  // dropped without a session
  void report(std::string text);
  // A report of ReportSpool; dropped with its session. The hook is called once it is with the socket.
  void spooled(std::uint64_t number, std::string text);
  std::function<void(std::uint64_t number)> on_spooled_written;
  // The same for the session, which changes the hook itself.
  std::function<void()> after_spooled;

  // Calls that outlive the session, and their replies.
  KeptCalls& kept() { return outbox_.kept(); }
  // Something has changed there. Kept replies wait a moment for others of their kind, or for flush(), unless
  // their call is prompt.
  void send_kept() { pump(); }
  void flush();

  // There is a session, and few replies wait.
  bool is_idle() const { return socket_ != nullptr && outbox_.has_few_replies(); }

  bool has_room() const { return outbox_.has_room(); }
  // Ends whenever there may be room, it may be idle, and at detach().
  Task<bool> wait() { return changed_.wait(); }

 private:
  void write(const Outbox::Item& item);
  void pump();
  Task<> drain();

  net::Loop& loop_;
  Outbox& outbox_;
  const Counters& counters_;
  net::WebSocket* socket_ = nullptr;
  std::shared_ptr<net::BulkStreams> streams_;
  int session_ = 0;  // counts attach()
  bool draining_ = false;
  Event changed_;
};

}  // namespace agent::core
