#include "commands/command.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "agent/base64.hpp"
#include "agent/json.hpp"
#include "agent/log.hpp"
#include "agent/wire/control.hpp"
#include "commands/command_limits.hpp"

namespace server {

using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::wire::Ack;
using agent::wire::Execd;
using agent::wire::ExecData;
using agent::wire::ExecDone;
using agent::wire::ExecKill;

namespace {

// RFC 6455, 7.4.1
constexpr std::uint16_t kPolicyViolation = 1008;

std::int64_t unix_now() { return std::time(nullptr); }

std::int64_t unix_of(const agent::wire::Time& time) { return time.is_zero() ? unix_now() : time.seconds; }

}  // namespace

Command::Command(std::shared_ptr<CommandServices> services, Shard& home, std::uint64_t order,
                 StoredCommand record, std::shared_ptr<SpoolFile> found)
    : services_(std::move(services)),
      home_(home),
      id_(record.id),
      agent_(record.agent),
      order_(order),
      record_(std::move(record)),
      output_(std::make_shared<CommandOutput>(services_, home.loop(), services_->output_path(id_),
                                              std::move(found))),
      taken_seq_(output_->written_seq()),
      acknowledged_seq_(taken_seq_) {
  output_->changed = [this] { settle(); };
  if (record_.is_over()) phase_ = Phase::over;
  expires_ = record_.expires;
  publish();
}

Command::~Command() { output_->changed = nullptr; }

// -------------------------------------------------------------------------------------- any thread

CommandRecord Command::snapshot() const {
  std::lock_guard lock(mutex_);
  return published_;
}

// ---------------------------------------------------------------------------------------- its loop

CommandRecord Command::view() const { return with_sizes<CommandRecord>(record_); }

// A record and what is known of its output.
template <class Record>
Record Command::with_sizes(const Record& of) const {
  Record record = of;
  record.output_size = output_->spool().total();
  record.kept_size = output_->spool().kept();
  record.truncated = output_->spool().is_truncated();
  return record;
}

void Command::start(std::shared_ptr<Session> session, std::string request) {
  request_ = std::move(request);
  record_.acknowledged = session->has(agent::wire::kAckCapability);
  record_.instance = session->come().instance;
  record_.token = session->grant().name();
  link(std::move(session));
  arm(Phase::starting, kStartLimit);
  publish();
  if (record_.asynchronous) {
    save(false);  // goes out when it lasts
  } else {
    give();
  }
}

void Command::link(std::shared_ptr<Session> session) {
  unlink();
  link_ = std::make_shared<CommandLink>(shared_from_this(), std::move(session));
}

void Command::unlink() {
  if (link_) link_->close();
  link_.reset();
}

void Command::give() {
  given_ = true;
  if (!is_over() && link_) link_->open(request_);
}

void Command::take(const Envelope& envelope) {
  if (phase_ == Phase::over || !is_next(envelope.seq())) return;
  try {
    take_payload(envelope);
  } catch (const Error& error) {
    finish(command_state::lost, kCodeProtocol, error.text());
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

void Command::take_payload(const Envelope& envelope) {
  request_.clear();
  switch (envelope.type()) {
    case agent::wire::kErrorType: return finish(command_state::failed, kCodeProtocol, envelope.errmsg());
    case Execd::message.type: return started(envelope.payload<Execd>());
    case ExecData::message.type: {
      const std::string bytes = agent::decode_base64(envelope.payload<ExecData>().data);
      output_->append(bytes, envelope.seq());
      congested_ = output_->spool().is_congested();
      if (phase_ == Phase::tail) await_tail();
      return changed_.wake();
    }
    case ExecDone::message.type: return took_end(envelope.payload<ExecDone>());
    default: throw Error(Errc::bad_message, "invalid message type: " + std::to_string(envelope.type()));
  }
}

void Command::started(const Execd& execd) {
  if (!execd.ok) return refuse(refusal_of(execd), execd.msg);
  record_.state = command_state::running;
  record_.pid = execd.pid;
  record_.begin = unix_of(execd.time);
  const Clock::time_point now = Clock::now();
  ends_at_ = now + std::chrono::seconds(record_.timeout) + kEndGrace;
  arm(Phase::running, record_.asynchronous ? ends_at_ - now : kUnrecordedTime);
  publish();
  if (record_.asynchronous) save(false);
  if (kill_wanted_) kill();
  changed_.wake();
}

void Command::took_end(const ExecDone& done) {
  record_.code = done.code;
  record_.signal = done.signal;
  record_.timed_out = done.timed_out;
  record_.end = unix_of(done.time);
  record_.copy_account(account_of(done));
  end_reason_ = done.reason;
  if (record_.acknowledged) return finish(command_state::done, done.code, end_reason_);
  await_tail();
}

// For the whole grace, in two steps: a loop that was busy all the while has not read what came meanwhile, and
// does so between the two.
void Command::await_tail() {
  looks_for_tail_ = 2;
  arm(Phase::tail, services_->options.tail_grace / 2);
}

void Command::unlinked(const CommandLink& link, const CallEnd& end) {
  if (link_.get() != &link) return;  // it has another one since
  link_.reset();
  if (is_over()) return;
  const bool server_ends = end.result == CallResult::cancelled;
  const bool session_ended = server_ends || end.result == CallResult::disconnected;
  if (!session_ended && !has_started()) {  // it never got there
    const bool is_busy = end.reason.code() == Errc::too_many;
    return refuse(is_busy ? StartRefusal::too_many : StartRefusal::other, end.reason.text());
  }
  if (phase_ == Phase::tail) return finish(command_state::done, record_.code, end_reason_);
  if (!session_ended || !record_.acknowledged) return lose(end.reason.text());
  handed_on_ = server_ends;
  kept_ = kept_ || server_ends;
  record_.state = command_state::away;
  record_.reason = end.reason.text();
  if (phase_ == Phase::running) arm(phase_, std::chrono::seconds(record_.timeout) + kKeepAfterEnd);
  publish();
  changed_.wake();
}

void Command::recover() {
  kept_ = saved_ = true;
  if (is_over()) return;
  if (!record_.acknowledged) return lose("the server was restarted");
  record_.state = command_state::away;
  record_.reason = "the server was restarted";
  const std::int64_t left = record_.begin + record_.timeout - unix_now();
  ends_at_ = Clock::now() + std::chrono::seconds(std::max<std::int64_t>(left, 0)) + kEndGrace;
  arm(record_.pid != 0 ? Phase::running : Phase::starting,
      std::chrono::seconds(record_.timeout) + kKeepAfterEnd);
  publish();
}

// What the agent does not have any more was acknowledged; if it is not here, a full disk or a power cut took
// it.
void Command::skip_to(std::uint64_t first) {
  if (first <= taken_seq_ + 1) return;
  agent::log::error("task {}: messages {} to {} are lost", id_, taken_seq_ + 1, first - 1);
  taken_seq_ = first - 1;
}

void Command::returned(std::shared_ptr<Session> session, std::optional<std::uint64_t> first) {
  if (!record_.was_given_to(session->come().instance, session->grant().name()))
    lose("its agent's id belongs to another agent now");
  first ? rejoin(std::move(session), *first) : miss(std::move(session));
}

void Command::rejoin(std::shared_ptr<Session> session, std::uint64_t first) {
  if (is_over()) {
    const Ack ack{.seq = taken_seq_, .over = true};
    return session->send(agent::encode_message(ack, id_));
  }
  skip_to(first);
  link(std::move(session));
  request_.clear();
  record_.state = record_.pid != 0 ? command_state::running : command_state::starting;
  record_.reason.clear();
  const Clock::time_point now = Clock::now();
  if (record_.pid != 0) {
    arm(Phase::running, std::max(ends_at_, now + kEndGrace) - now);
  } else {
    arm(Phase::starting, kStartLimit);
  }
  publish();
  acknowledged_seq_ = output_->written_seq();
  link_->join(agent::encode_message(Ack{.seq = acknowledged_seq_}, id_));
  if (kill_wanted_) kill();
  changed_.wake();
}

void Command::miss(std::shared_ptr<Session> session) {
  if (is_over() || (link_ && &link_->session() == session.get())) return;
  const bool never_arrived =
      taken_seq_ == 0 && !request_.empty() && record_.instance == session->come().instance;
  if (!never_arrived) return lose("the agent came back without it");
  // Another program may have come under the agent's id.
  if (!can_limit(*session, record_.limits)) return refuse(StartRefusal::no_limits, why_not(*session));
  if (++times_given_again_ > kGiveAgainLimit) return lose("the agent left whenever it was given the command");
  link(std::move(session));
  record_.state = command_state::starting;
  record_.reason.clear();
  publish();
  give();
}

void Command::refuse(StartRefusal refusal, std::string_view reason) {
  record_.refusal = refusal;
  finish(command_state::failed, kCodeProtocol, reason);
}

void Command::lose(std::string_view reason, std::int64_t code) {
  if (!is_over()) finish(command_state::lost, code, reason);
}

void Command::kill() {
  if (is_over()) return;
  kill_wanted_ = true;
  if (link_ && record_.pid != 0) link_->session().send(ExecKill{record_.pid});
}

void Command::keep() {
  if (closed_ || std::exchange(kept_, true) || record_.asynchronous) return;
  if (is_over()) {
    settle();
  } else {
    save(false);
  }
}

void Command::discard() {
  discarded_ = true;
  output_->discard();
  if (record_.asynchronous || kept_) services_->records.remove(id_);
  if (is_over()) acknowledge(taken_seq_);
}

void Command::close() {
  closed_ = true;
  unlink();
  deadline_.reset();
  if (!record_.asynchronous && !kept_) return;
  output_->write_all_now();
  save(is_over());
}

void Command::finish(std::string_view state, std::int64_t code, std::string_view reason) {
  record_.state = state;
  record_.code = code;
  record_.reason = reason;
  if (record_.begin == 0) record_.begin = unix_now();
  if (record_.end == 0) record_.end = unix_now();
  // The times of its start and end are the agent's, which may have another clock.
  record_.expires = unix_now() + record_.timeout + std::chrono::seconds(kKeepAfterEnd).count();
  expires_ = record_.expires;
  phase_ = Phase::over;
  deadline_.reset();
  if (link_) link_->close();
  publish();
  if (on_over) on_over(*this);
  services_->audit.write_end(record_);
  changed_.wake();
  settle();
}

void Command::overdue() {
  if (deadline_ && deadline_->expiry() > Clock::now()) return;  // it was moved meanwhile
  switch (phase_) {
    case Phase::starting: return lose("timeout", kCodeTimeout);
    case Phase::running: return overdue_end();
    case Phase::tail:
      if (--looks_for_tail_ > 0) return arm(Phase::tail, services_->options.tail_grace / 2);
      return finish(command_state::done, record_.code, end_reason_);
    case Phase::over: return;
  }
}

// It has run for kUnrecordedTime, or for as long as it may.
void Command::overdue_end() {
  const Clock::time_point now = Clock::now();
  if (now < ends_at_) {
    keep();
    return arm(Phase::running, ends_at_ - now);
  }
  kill();
  lose("its end was not reported in time", kCodeTimeout);
}

// What is written is acknowledged: output when it is in the file, the end when the record is stored, or
// taken along by whoever waits for it.
void Command::settle() {
  const bool congested = output_->spool().is_congested();
  if (congested_.exchange(congested) && !congested && link_) link_->session().resume();
  if (!is_over()) return acknowledge(output_->written_seq());
  if (discarded_ || saving_end_) return;
  if (!record_.asynchronous && !kept_) return acknowledge(taken_seq_);
  output_->write_all();
  if (output_->spool().has_unwritten()) return;
  saving_end_ = true;
  save(true);
}

void Command::save(bool is_final) {
  saved_ = true;
  RecordStore::Row row{.id = id_, .expires = expires_, .text = agent::json::encode(with_sizes(record_))};
  services_->records.save(std::move(row), [weak = weak_from_this(), is_final](bool ok) {
    const auto self = weak.lock();
    if (!self) return;
    self->home_.mailbox().run([self, is_final, ok] { self->saved(is_final, ok); });
  });
}

void Command::saved(bool is_final, bool ok) {
  if (is_final) {
    if (ok) return acknowledge(taken_seq_);
    link_.reset();  // the agent keeps what we cannot
  } else if (!request_.empty() && !given_) {
    if (!ok) return finish(command_state::failed, kCodeProtocol, "its record cannot be stored");
    give();
  }
}

// With the last one the command lets go of its session.
void Command::acknowledge(std::uint64_t seq) {
  if (!link_) return;
  // Nothing is wanted any more of a command that ended without a word of the agent.
  const bool unwanted = is_over() && record_.state != command_state::done;
  if (record_.acknowledged && (seq > acknowledged_seq_ || unwanted)) {
    acknowledged_seq_ = seq;
    // The agent may wait for this one while the command runs; the last one is in no hurry.
    const agent::net::Flush when = is_over() ? agent::net::Flush::later : agent::net::Flush::now;
    link_->session().send(agent::encode_message(Ack{.seq = seq, .over = unwanted}, id_), when);
  }
  if (is_over()) link_.reset();
}

void Command::publish() {
  CommandRecord record = view();
  std::lock_guard lock(mutex_);
  published_ = std::move(record);
}

void Command::arm(Phase phase, Clock::duration delay) {
  phase_ = phase;
  if (closed_) return;
  if (!deadline_) deadline_.emplace(loop().io());
  deadline_->expires_after(delay);
  deadline_->async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->overdue();
  });
}

}  // namespace server
