// What a command's agent says: Command's part that reads its messages.
#include <ctime>
#include <string>
#include <utility>

#include "agent/base64.hpp"
#include "agent/log.hpp"
#include "commands/command.hpp"
#include "commands/command_limits.hpp"

namespace server {

using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::wire::Execd;
using agent::wire::ExecData;
using agent::wire::ExecDone;
using agent::wire::ExecTaken;
using agent::wire::ExecWhole;
using In = CommandInput;

namespace {

// RFC 6455, 7.4.1
constexpr std::uint16_t kPolicyViolation = 1008;

std::int64_t unix_of(const agent::wire::Time& time) {
  return time.is_zero() ? std::time(nullptr) : time.seconds;
}

void note_end(CommandRecord& record, const ExecDone& done) {
  record.code = done.code;
  record.signal = done.signal;
  record.timed_out = done.timed_out;
  record.end = unix_of(done.time);
  record.reason = done.reason;
  record.copy_account(account_of(done));
}

}  // namespace

void Command::take(const Envelope& envelope) {
  if (!is_linked(fsm_.stage()) || !is_next(envelope.seq())) return;
  try {
    take_payload(envelope);
  } catch (const Error& error) {
    step(In::strange, {kCodeProtocol, error.text()});
  }
}

bool Command::is_next(std::uint64_t seq) {
  if (seq == 0) return true;
  if (seq <= taken_seq_) return false;
  if (seq == taken_seq_ + 1) {
    taken_seq_ = seq;
    return true;
  }
  if (link_) link_->session().close(kPolicyViolation, "a reply is missing");
  return false;
}

// What the agent does not have any more was acknowledged; if it is not here, a full disk or a power cut took
// it.
void Command::skip_to(std::uint64_t first) {
  if (first <= taken_seq_ + 1) return;
  agent::log::error("task {}: messages {} to {} are lost", id(), taken_seq_ + 1, first - 1);
  taken_seq_ = first - 1;
}

void Command::take_payload(const Envelope& envelope) {
  request_.clear();
  switch (envelope.type()) {
    case agent::wire::kErrorType: return step(In::refused, {kCodeProtocol, envelope.errmsg()});
    case Execd::message.type: return started(envelope.payload<Execd>());
    case ExecData::message.type: return take_output(envelope.payload<ExecData>(), envelope.seq());
    case ExecDone::message.type: return took_end(envelope.payload<ExecDone>());
    case ExecWhole::message.type: return took_whole(envelope.payload<ExecWhole>(), envelope.seq());
    case ExecTaken::message.type: return took_input(envelope.payload<ExecTaken>());
    default: throw Error(Errc::bad_message, "invalid message type: " + std::to_string(envelope.type()));
  }
}

void Command::take_output(const ExecData& data, std::uint64_t seq) {
  append_output(data.data, seq);
  if (!audience_.is_empty() || input_) audience_.note(seq, output_->spool().total());
  congested_ = output_->spool().is_congested();
  step(In::data);
  if (output_->is_on_disk()) step(In::outgrown);
}

void Command::append_output(std::string_view base64, std::uint64_t seq) {
  output_->append(agent::decode_base64(base64), seq);
  if (recording_) recording_->note_output(output_->spool().kept());
}

void Command::started(const Execd& execd) {
  if (!execd.ok) return refuse(refusal_of(execd), execd.msg);
  if (!awaits_start(fsm_.stage())) return;
  record_.pid = execd.pid;
  record_.begin = unix_of(execd.time);
  ends_at_ = Clock::now() + std::chrono::seconds(record_.timeout) + kEndGrace;
  if (record_.asynchronous) keeper_.started(*this);
  step(In::execd);
}

void Command::took_end(const ExecDone& done) {
  note_end(record_, done);
  step(record_.acknowledged ? In::end : In::early_end);
}

void Command::took_whole(const ExecWhole& whole, std::uint64_t seq) {
  if (!awaits_start(fsm_.stage())) throw Error(Errc::bad_message, "a second start");
  append_output(whole.data, seq);
  record_.pid = whole.pid;
  record_.begin = unix_of(whole.begin);
  note_end(record_, whole);
  if (record_.asynchronous) keeper_.started(*this);
  step(In::end);
}

void Command::refuse(StartRefusal refusal, std::string_view reason) {
  if (is_live(fsm_.stage())) record_.refusal = refusal;
  step(In::refused, {kCodeProtocol, reason});
}

}  // namespace server
