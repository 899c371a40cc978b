#include "commands/output_reader.hpp"

#include <algorithm>
#include <utility>

#include "agent/error.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using agent::Task;
using Clock = agent::net::Clock;

class OutputPart final : public agent::ByteSource {
 public:
  OutputPart(std::shared_ptr<Command> command, std::uint64_t begin, std::uint64_t end)
      : command_(std::move(command)), begin_(begin), end_(end) {}

  Task<std::string> read() override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kOutputPiece, end_ - begin_));
    if (count == 0) co_return std::string();
    std::string bytes = co_await read_output(command_, begin_, count);
    if (bytes.empty()) throw Error(Errc::io, "the output ends early");
    begin_ += bytes.size();
    co_return bytes;
  }

 private:
  const std::shared_ptr<Command> command_;
  std::uint64_t begin_;
  const std::uint64_t end_;
};

}  // namespace

std::shared_ptr<agent::ByteSource> output_part(std::shared_ptr<Command> command, std::uint64_t begin,
                                               std::uint64_t end) {
  return std::make_shared<OutputPart>(std::move(command), begin, end);
}

std::optional<std::string> output_at_hand(const Command& command, std::uint64_t begin, std::uint64_t end) {
  if (end - begin > kOutputPiece) return std::nullopt;
  SpoolPart part = command.output()->spool().locate(begin, static_cast<std::size_t>(end - begin));
  if (part.in_file || part.bytes.size() != end - begin) return std::nullopt;
  return std::move(part.bytes);
}

OutputRange output_since(const Command& command, std::uint64_t offset) {
  OutputRange range;
  range.of = command.view();
  range.end = range.of.kept_size;
  range.begin = std::min(offset, range.end);
  return range;
}

OutputRange claim_new_output(Command& command) {
  OutputRange range;
  range.of = command.view();
  range.end = range.of.kept_size;
  range.begin = command.claim_output(range.end);
  return range;
}

Task<std::string> read_output(std::shared_ptr<Command> command, std::uint64_t offset, std::size_t count) {
  return CommandOutput::read(command->output(), offset, count);
}

Task<OutputPiece> next_output(std::shared_ptr<Command> command, std::uint64_t offset,
                              std::chrono::milliseconds quiet) {
  OutputPiece piece;
  piece.bytes = co_await CommandOutput::read(command->output(), offset, kOutputPiece);
  if (piece.bytes.empty() && !command->is_over()) {
    const Clock::time_point deadline = Clock::now() + quiet;
    co_await command->change(deadline);
    piece.bytes = co_await CommandOutput::read(command->output(), offset, kOutputPiece);
  }
  const CommandRecord record = command->view();
  piece.is_last = record.is_over() && offset + piece.bytes.size() >= record.kept_size;
  piece.is_cut = piece.is_last && record.truncated;
  co_return piece;
}

}  // namespace server
