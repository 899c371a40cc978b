// WirePeer: one end of an agent's connection after the upgrade, driven step by step by a test, which may
// break every rule. It does nothing by itself but answer pings while it waits for a message.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "agent/message.hpp"
#include "tests/support/frame.hpp"
#include "tests/support/tcp_socket.hpp"

namespace test {

class WirePeer {
 public:
  enum class Side { agent, server };

  // `received`: bytes that arrived behind the upgrade.
  WirePeer(Side side, TcpSocket socket, bool deflate, std::string received = {});

  // The originals compress every message once that is negotiated; so does this.
  void send(std::string_view json);
  template <agent::Message T>
  void send(const T& message, std::string_view tid = {}) {
    send(agent::encode_message(message, tid));
  }
  void send_frame(const Frame& frame);
  // In this many pieces, with a ping between the first two.
  void send_fragmented(std::string_view json, std::size_t pieces);
  void send_bytes(std::string_view bytes) { socket_.send(bytes); }

  // The next message, whole and inflated. Throws TimedOut, and std::runtime_error once the connection is
  // gone.
  std::string receive(std::chrono::milliseconds limit = kPatience);
  // The next message of `type`; others are dropped.
  std::string receive_type(int type, std::chrono::milliseconds limit = kPatience);
  // The next frame, whatever it is; no ping is answered.
  Frame receive_frame(std::chrono::milliseconds limit = kPatience);
  // Until the other side closes: the code and reason of its close frame, "" when it sent none.
  std::string receive_close(std::chrono::milliseconds limit = kPatience);
  bool is_closed_within(std::chrono::milliseconds limit) { return socket_.is_closed_within(limit); }

  bool is_deflated() const { return deflate_; }
  void close() { socket_.close(); }
  void reset() { socket_.reset(); }
  TcpSocket& socket() { return socket_; }

 private:
  Side side_;
  TcpSocket socket_;
  bool deflate_;
  std::string received_;
};

}  // namespace test
