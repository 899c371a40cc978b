// TerminalClient: a client at the terminal of a task, step by step, as a browser or another program would be
// (docs/terminals.md). Collects what it is shown and told.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/support/wire_peer.hpp"

namespace test {

class TerminalClient {
 public:
  // The answer to the upgrade, its head and what came of its body.
  static std::string ask(TcpSocket& socket, const std::string& path, const std::string& headers = {}) {
    socket.send("GET " + path +
                " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
                headers + "\r\n");
    std::string answer;
    while (answer.find("\r\n\r\n") == std::string::npos) {
      const std::string piece = socket.receive();
      if (piece.empty()) throw std::runtime_error("no answer: " + answer);
      answer += piece;
    }
    return answer;
  }

  // Throws with the answer unless it is an upgrade.
  TerminalClient(std::uint16_t port, const std::string& path, const std::string& headers = {}) {
    TcpSocket socket = TcpSocket::connect(port);
    std::string answer = ask(socket, path, headers);
    if (!answer.starts_with("HTTP/1.1 101 ")) throw std::runtime_error(answer);
    const std::size_t end = answer.find("\r\n\r\n") + 4;
    peer_.emplace(WirePeer::Side::agent, std::move(socket), false, answer.substr(end));
  }

  void type(const std::string& bytes) { peer_->send_frame({.opcode = Opcode::binary, .payload = bytes}); }
  void order(const std::string& json) { peer_->send_frame({.opcode = Opcode::text, .payload = json}); }
  WirePeer& peer() { return *peer_; }

  // Takes one message. False: the connection has ended, as close() says.
  bool take() {
    const Frame frame = peer_->receive_frame();
    if (frame.opcode == Opcode::ping) peer_->send_frame({.opcode = Opcode::pong, .payload = frame.payload});
    if (frame.opcode == Opcode::binary) shown_ += frame.payload;
    if (frame.opcode == Opcode::text) news_.push_back(frame.payload);
    if (frame.opcode == Opcode::close && frame.payload.size() >= 2)
      close_ = static_cast<std::uint8_t>(frame.payload[0]) << 8 | static_cast<std::uint8_t>(frame.payload[1]);
    return frame.opcode != Opcode::close;
  }
  // Until the terminal has shown the text.
  void wait_for(const std::string& text) {
    while (shown_.find(text) == std::string::npos)
      if (!take()) throw std::runtime_error("the terminal ended; it showed: " + shown_);
  }
  // Until it is told of this type: the text. One that came before counts, once.
  std::string wait_for_news(const std::string& type) {
    for (;;) {
      for (; next_ < news_.size(); ++next_)
        if (json_at(news_[next_], "type") == type) return news_[next_++];
      if (!take()) throw std::runtime_error("the terminal ended before it told of " + type);
    }
  }
  // Until the end: the code of the close frame.
  int wait_for_end() {
    while (take()) continue;
    return close_;
  }

  const std::string& shown() const { return shown_; }

 private:
  std::optional<WirePeer> peer_;
  std::string shown_;
  std::vector<std::string> news_;
  std::size_t next_ = 0;
  int close_ = 0;
};

}  // namespace test
