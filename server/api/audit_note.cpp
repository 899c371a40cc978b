#include "api/audit_note.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "agent/error.hpp"
#include "http/body_writer.hpp"

namespace server {
namespace {

// Counts what goes through it.
class CountingWriter final : public BodyWriter {
 public:
  explicit CountingWriter(BodyWriter& writer) : writer_(writer) {}

  void write(std::string_view piece) override {
    bytes_ += piece.size();
    writer_.write(piece);
  }
  agent::Task<> room() override { return writer_.room(); }
  bool client_gone() const override { return writer_.client_gone(); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  BodyWriter& writer_;
  std::uint64_t bytes_ = 0;
};

using Stream = std::function<agent::Task<>(BodyWriter*)>;

// Ends also when it is destroyed in the middle.
class SentContent {
 public:
  SentContent(AuditNote& note, const CountingWriter& writer) : note_(note), writer_(writer) {}
  ~SentContent() {
    note_.set_result(fmt::format("{}{} bytes", is_complete ? "" : "broken off after ", writer_.bytes()));
  }
  SentContent(const SentContent&) = delete;
  SentContent& operator=(const SentContent&) = delete;

  bool is_complete = false;

 private:
  AuditNote& note_;
  const CountingWriter& writer_;
};

agent::Task<> send_counted(std::shared_ptr<AuditNote> note, Stream stream, BodyWriter* writer) {
  CountingWriter counting(*writer);
  SentContent sent(*note, counting);
  BodyWriter* counter = &counting;
  co_await stream(counter);
  sent.is_complete = true;
}

// As the client is told.
std::string text_of(const std::exception& error) {
  const auto* known = dynamic_cast<const agent::Error*>(&error);
  return known != nullptr ? failure_text(*known, true) : error.what();
}

void note_reply(const std::shared_ptr<AuditNote>& note, Reply& reply) {
  if (!reply.stream) {
    note->set_result(reply.code < 400 ? "ok" : fmt::format("{} {}", reply.code, reply.body));
    return;
  }
  note->set_result("not sent");  // as for HEAD
  reply.stream = [note, stream = std::move(reply.stream)](BodyWriter* writer) {
    return send_counted(note, stream, writer);
  };
}

}  // namespace

AuditNote::AuditNote(Audit& audit, std::string_view action, const Request& request, std::string what)
    : audit_(audit),
      action_(action),
      who_(request.token_name),
      from_(request.remote_address),
      agent_(request.arguments.text("id")),
      what_(std::move(what)),
      result_("broken off") {}

AuditNote::~AuditNote() {
  audit_.write(
      {.action = action_, .who = who_, .from = from_, .agent = agent_, .what = what_, .result = result_});
}

agent::Task<Reply> audited(std::shared_ptr<AuditNote> note, agent::Task<Reply> work) {
  try {
    Reply reply = co_await std::move(work);
    note_reply(note, reply);
    co_return reply;
  } catch (const std::exception& error) {
    note->set_result(text_of(error));
    throw;
  }
}

agent::Task<Payload> audited(std::shared_ptr<AuditNote> note, agent::Task<Payload> work) {
  try {
    Payload payload = co_await std::move(work);
    note->set_result("ok");
    co_return payload;
  } catch (const std::exception& error) {
    note->set_result(text_of(error));
    throw;
  }
}

}  // namespace server
