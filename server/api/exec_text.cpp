#include "api/exec_text.hpp"

#include <memory>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "commands/output_reader.hpp"
#include "http/body_writer.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;

namespace {

// The command, and whether its client has had all of it: otherwise the result is kept.
struct TextRun {
  std::shared_ptr<Command> command;
  Delivery delivery;
};

Task<> write_output(std::shared_ptr<TextRun> run, BodyWriter* writer) {
  std::uint64_t offset = 0;
  for (bool more = true; more && !writer->client_gone();) {
    const OutputPiece piece = co_await next_output(run->command, offset, kQuietLimit);
    if (!piece.bytes.empty()) writer->write(piece.bytes);
    offset += piece.bytes.size();
    more = !piece.is_last;
    co_await writer->room();
    if (piece.is_cut) throw Error(Errc::io, "not all of the output was kept");  // the body has no end then
  }
  if (writer->client_gone()) co_return;
  run->command->deliver();
  run->delivery.drop();
}

using Trailers = std::vector<std::pair<std::string, std::string>>;

Trailers trailers_of(const CommandRecord& record) {
  Trailers trailers{{"X-Exit-Code", std::to_string(record.code)}};
  if (record.signal != 0) trailers.emplace_back("X-Signal", std::to_string(record.signal));
  if (!record.ended_by.empty()) trailers.emplace_back("X-Ended-By", record.ended_by);
  return trailers;
}

Reply output_reply(std::shared_ptr<TextRun> run) {
  Reply reply = endless_reply("text/plain; charset=utf-8",
                              [run](BodyWriter* writer) { return write_output(run, writer); });
  reply.headers.emplace_back("X-Task-Id", run->command->id());
  reply.headers.emplace_back("Trailer", "X-Exit-Code, X-Signal, X-Ended-By");
  reply.trailers = [run] { return trailers_of(run->command->record()); };
  return reply;
}

Task<Reply> reply_of(CommandTable* commands, GivenCommand given) {
  const std::shared_ptr<Command> command = co_await start_command(commands, std::move(given.delivery));
  if (!given.parting) co_return text_reply(200, command->id() + "\n");
  co_return output_reply(std::make_shared<TextRun>(TextRun{command, Delivery(command)}));
}

}  // namespace

bool wants_text(const Request& request) {
  const std::string_view accept = request.head.header("Accept");
  return accept.find("text/plain") != std::string_view::npos && accept.find("json") == std::string_view::npos;
}

Task<Reply> run_as_text(CommandTable* commands, Task<GivenCommand> giving) {
  try {
    GivenCommand given = co_await std::move(giving);
    Reply reply = co_await reply_of(commands, std::move(given));
    co_return reply;
  } catch (const Error& error) {
    co_return raw_failure(error);
  }
}

}  // namespace server
