// InputWindow: the input of one command on its way to the agent (capability term, docs/wire.md): kept until
// the agent has it, sent within what the agent grants, sent again in a new session. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace server {

// Bytes that are kept; whoever has more waits.
inline constexpr std::size_t kInputKept = 64 * 1024;
// Bytes of one message.
inline constexpr std::size_t kInputPiece = 16 * 1024;

struct InputPiece {
  std::uint64_t offset = 0;
  std::string bytes;
  bool is_end = false;
};

class InputWindow {
 public:
  // `is_new`: the agent has nothing of it. Otherwise nothing is sent until it has said how far it is.
  explicit InputWindow(bool is_new);

  bool has_room() const { return is_closed_ || kept_.size() < kInputKept; }
  // Also more than there is room for. Nothing behind end() or once it is closed.
  void put(std::string_view bytes);
  void end() { is_ended_ = true; }
  bool is_ended() const { return is_ended_; }
  // The program reads no more.
  bool is_closed() const { return is_closed_; }

  // The next message that may go out now.
  std::optional<InputPiece> next();
  // The agent has `got` bytes and takes up to `until`. What cannot be is ignored.
  void taken(std::uint64_t got, std::uint64_t until, bool is_closed);
  // A session begins: what the agent may not have got is sent again.
  void rewind();
  // Where the next message begins.
  std::uint64_t sent() const { return sent_; }

 private:
  void close();

  std::string kept_;
  std::uint64_t first_ = 0;  // number of the first byte that is kept
  std::uint64_t sent_ = 0;
  std::uint64_t until_;
  bool is_known_;  // first_ and sent_ are the agent's, too
  bool is_ended_ = false;
  bool end_sent_ = false;
  bool is_closed_ = false;
};

}  // namespace server
