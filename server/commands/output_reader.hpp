// Readers of a command's output, each at an offset of its own, while it grows and when it is over. On the
// command's loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/pump.hpp"
#include "agent/task.hpp"
#include "commands/command.hpp"

namespace server {

// A reader gets at most this much at once.
inline constexpr std::size_t kOutputPiece = 256 * 1024;

// A part of an output, and the command's state when the part was taken.
struct OutputRange {
  CommandRecord of;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// A piece of a growing output, and whether another one can follow.
struct OutputPiece {
  std::string bytes;
  bool is_last = false;
  bool is_cut = false;  // the last one, and what followed was not kept
};

// What was kept so far, from `offset` on.
OutputRange output_since(const Command& command, std::uint64_t offset);
// What the last call of this did not have.
OutputRange claim_new_output(Command& command);

// The bytes from `begin` to `end`, which were kept. Its read() throws Errc::io.
std::shared_ptr<agent::ByteSource> output_part(std::shared_ptr<Command> command, std::uint64_t begin,
                                               std::uint64_t end);

// The same at once, if all of it is in memory and no more than kOutputPiece.
std::optional<std::string> output_at_hand(const Command& command, std::uint64_t begin, std::uint64_t end);

// At most `count` bytes from `offset` on; "" where nothing was kept (yet). Throws Errc::io.
agent::Task<std::string> read_output(std::shared_ptr<Command> command, std::uint64_t offset,
                                     std::size_t count = kOutputPiece);
// Waits for more when there is none at `offset`. Without bytes: nothing came for `quiet`, or it is the last.
// Throws Errc::io.
agent::Task<OutputPiece> next_output(std::shared_ptr<Command> command, std::uint64_t offset,
                                     std::chrono::milliseconds quiet);

}  // namespace server
