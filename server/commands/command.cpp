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

using agent::Errc;
using agent::Error;
using agent::wire::Ack;
using agent::wire::ExecKill;
using Act = CommandAct;
using In = CommandInput;
using Stage = CommandStage;

namespace {

std::int64_t unix_now() { return std::time(nullptr); }

// The state of a command that an earlier process left.
CommandState found_state(const CommandRecord& record) {
  if (record.is_over())
    return {record.state == command_state::done ? Stage::done : Stage::broken, CommandKeep::kept};
  return {record.pid != 0 ? Stage::away_running : Stage::away_given, CommandKeep::kept};
}

// What people are shown of a command that is not over.
std::string_view shown_stage(Stage stage) {
  if (is_away(stage)) return command_state::away;
  return stage == Stage::unsent || awaits_start(stage) ? command_state::starting : command_state::running;
}

std::uint8_t index_of(std::string_view state) {
  const auto place = std::find(kCommandStates.begin(), kCommandStates.end(), state);
  return static_cast<std::uint8_t>(place - kCommandStates.begin());
}

}  // namespace

Command::Command(std::shared_ptr<CommandServices> services, CommandKeeper& keeper, std::uint64_t order,
                 StoredCommand&& record, std::shared_ptr<SpoolFile> found)
    : services_(std::move(services)),
      keeper_(keeper),
      home_(keeper.home()),
      order_(order),
      record_(std::move(record)),
      output_(std::make_shared<CommandOutput>(services_, home_.loop(), record_.id, std::move(found))),
      taken_seq_(output_->written_seq()),
      acknowledged_seq_(taken_seq_),
      state_(index_of(record_.state)) {
  output_->changed = [this] { output_changed(); };
  if (record_.recorded)
    recording_ = std::make_shared<Recording>(services_, home_.loop(), services_->recording_path(record_.id));
  if (record_.input && !record_.is_over()) input_ = std::make_unique<InputWindow>(true);
  if (!record_.output.empty()) output_->append(agent::decode_base64(std::exchange(record_.output, {})), 0);
}

Command::~Command() { output_->changed = nullptr; }

std::size_t Command::memory() const {
  constexpr std::size_t kStrings = 512;  // of its record, but for the command line
  return sizeof(Command) + sizeof(CommandOutput) + kStrings + record_.command.size() + output_->memory();
}

// ------------------------------------------------------------------------------------- the machine

void Command::step(In input, const CommandCause& cause) {
  const CommandState before = fsm_.state();
  const CommandActs acts = fsm_.take(input);
  // A short command that somebody waits for has one line, at its end.
  if (begins_to_last(before, fsm_.state())) services_->audit.write_start(record_);
  show(cause);
  if (!acts.none()) act(acts, cause);
  changed_.wake();
}

void Command::show(const CommandCause& cause) {
  if (!is_live(fsm_.stage())) return;
  const std::string_view state = shown_stage(fsm_.stage());
  if (state == record_.state) return;
  record_.reason = is_away(fsm_.stage()) ? cause.reason : std::string_view();
  enter(state);
}

// In the order that CommandAct has. The last ones may lead to the next step.
void Command::act(CommandActs acts, const CommandCause& cause) {
  act_on_session(acts, cause);
  if (acts.has(Act::finish_done)) finish(command_state::done, record_.code, record_.reason);
  if (acts.has(Act::finish_failed)) finish(command_state::failed, cause.code, cause.reason);
  if (acts.has(Act::finish_lost)) finish(command_state::lost, cause.code, cause.reason);
  if (acts.has(Act::disown)) disown(cause.session.get());
  if (acts.has(Act::acknowledge)) acknowledge_all();
  act_on_timer(acts);
  act_on_store(acts);
  if (acts.has(Act::give) && link_) link_->open(request_);
  if (acts.has(Act::give) || acts.has(Act::join)) resend_input(acts.has(Act::join));
}

void Command::act_on_session(CommandActs acts, const CommandCause& cause) {
  if (acts.has(Act::unlink)) unlink();
  if (acts.has(Act::relink) || acts.has(Act::join)) link(cause.session);
  if (acts.has(Act::join)) {
    acknowledged_seq_ = output_->written_seq();
    link_->join(agent::encode_message(Ack{.seq = acknowledged_seq_, .have = taken_seq_}, id()));
  }
  if (acts.has(Act::kill) && link_ && has_started()) link_->session().send(ExecKill{record_.pid});
  // The agent may wait for this one.
  if (acts.has(Act::acknowledge_written)) acknowledge(output_->written_seq(), agent::net::Flush::now);
}

void Command::act_on_timer(CommandActs acts) {
  const std::chrono::seconds timeout(record_.timeout);
  if (acts.has(Act::time_start)) arm(kStartLimit);
  if (acts.has(Act::time_second)) arm(kUnrecordedTime);
  if (acts.has(Act::time_run)) {
    const Clock::time_point now = Clock::now();
    arm(std::max(ends_at_, now + kEndGrace) - now);
  }
  if (acts.has(Act::time_away)) arm(timeout + kKeepAfterEnd);
  // The grace in two steps: a loop that was busy all the while has not read what came meanwhile, and does so
  // between the two.
  if (acts.has(Act::time_tail)) arm(services_->options.tail_grace / 2);
}

void Command::act_on_store(CommandActs acts) {
  if (acts.has(Act::retain)) keeper_.retain(shared_from_this());
  if (acts.has(Act::remember)) {
    output_->rest();
    keeper_.remember(shared_from_this());
  }
  if (acts.has(Act::remove)) services_->records.remove(id());
  if (acts.has(Act::drop)) discard();
  if (acts.has(Act::write_now)) output_->write_all_now();
  if (acts.has(Act::save)) save(false);
  if (acts.has(Act::save_end)) save(true);
  if (acts.has(Act::write)) {
    if (!output_->fits_record()) output_->write_all();
    if (output_->fits_record() || !output_->spool().has_unwritten()) step(In::all_written);
  }
}

void Command::discard() {
  output_->discard();
  if (recording_) recording_->discard();
}

void Command::enter(std::string_view state) {
  record_.state = state;
  const std::uint8_t before = std::exchange(state_, index_of(state));
  if (state_ != before) keeper_.moved(before, state_);
}

void Command::note_sizes() {
  record_.output_size = output_->spool().total();
  record_.kept_size = output_->spool().kept();
  record_.truncated = output_->spool().is_truncated();
}

void Command::finish(std::string_view state, std::int64_t code, std::string_view reason) {
  note_sizes();
  record_.code = code;
  if (state != command_state::done) record_.reason = reason;
  if (record_.begin == 0) record_.begin = unix_now();
  if (record_.end == 0) record_.end = unix_now();
  // The times of its start and end are the agent's, which may have another clock.
  record_.expires = unix_now() + record_.timeout + std::chrono::seconds(kKeepAfterEnd).count();
  enter(state);
  deadline_.reset();
  detach_timer_.reset();
  if (link_) link_->close();
  if (recording_) recording_->write();
  keeper_.over(*this);
  write_audit_end();
}

void Command::write_audit_end() {
  if (fsm_.keep() != CommandKeep::fleeting) return services_->audit.write_end(record_);
  services_->audit.write_whole(
      record_, std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - asked_at_));
}

// ---------------------------------------------------------------------------------------- its loop

CommandRecord Command::view() const {
  CommandRecord record = static_cast<const CommandRecord&>(record_);
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
  await_people();
  step(record_.asynchronous ? In::order_to_keep : In::order);
}

void Command::recover() {
  fsm_ = CommandFsm(found_state(record_));
  if (input_) input_ = std::make_unique<InputWindow>(false);
  leaves_traces_ = true;
  if (is_over()) return output_->rest();
  await_people();
  const std::string_view reason = "the server was restarted";
  if (!record_.acknowledged) return step(In::cut_for_good, {.reason = reason});
  show({.reason = reason});
  const std::int64_t left = record_.begin + record_.timeout - unix_now();
  ends_at_ = Clock::now() + std::chrono::seconds(std::max<std::int64_t>(left, 0)) + kEndGrace;
  arm(std::chrono::seconds(record_.timeout) + kKeepAfterEnd);
}

void Command::close() {
  if (is_live(fsm_.stage()) && fsm_.keep() == CommandKeep::fleeting) services_->audit.write_start(record_);
  step(In::close);
  if (recording_) recording_->write_now();
  unlink();
  deadline_.reset();
  detach_timer_.reset();
}

// ----------------------------------------------------------------------------------- lost and found

void Command::unlinked(const CommandLink& link, const CallEnd& end) {
  if (link_.get() != &link) return;  // it has another one since
  link_.reset();
  const bool server_ends = end.result == CallResult::cancelled;
  const bool session_ended = server_ends || end.result == CallResult::disconnected;
  if (!session_ended && !has_started()) {  // it never got there
    const bool is_busy = end.reason.code() == Errc::too_many;
    return refuse(is_busy ? StartRefusal::too_many : StartRefusal::other, end.reason.text());
  }
  const CommandCause cause{.reason = end.reason.text()};
  if (!session_ended || !record_.acknowledged) return step(In::cut_for_good, cause);
  step(server_ends ? In::server_ends : In::cut, cause);
}

void Command::returned(std::shared_ptr<Session> session, std::optional<std::uint64_t> first) {
  if (!record_.was_given_to(session->come().instance, session->grant().name()))
    step(In::stranger, {.reason = "its agent's id belongs to another agent now"});
  if (!first) return missed(std::move(session));
  if (is_live(fsm_.stage())) {
    skip_to(*first);
    request_.clear();
  }
  step(In::back_with, {.session = std::move(session)});
}

// It is lost, unless it never got there; then it is given to the agent again, up to kGiveAgainLimit times.
void Command::missed(std::shared_ptr<Session> session) {
  if (!is_live(fsm_.stage()) || (link_ && &link_->session() == session.get())) return;
  const bool never_arrived =
      taken_seq_ == 0 && !request_.empty() && record_.instance == session->come().instance;
  if (!never_arrived) return step(In::back_without, {.reason = "the agent came back without it"});
  // Another program may have come under the agent's id.
  if (!can_limit(*session, record_.limits)) return refuse(StartRefusal::no_limits, why_not(*session));
  if (++times_given_again_ > kGiveAgainLimit)
    return step(In::back_without, {.reason = "the agent left whenever it was given the command"});
  step(In::back_unreached, {kCodeProtocol, "it was killed before it was given to its agent", session});
}

void Command::link(std::shared_ptr<Session> session) {
  unlink();
  link_ = std::make_shared<CommandLink>(shared_from_this(), std::move(session));
}

void Command::unlink() {
  if (link_) link_->close();
  link_.reset();
}

// Nothing is wanted any more of a command that ended without a word of the agent, nor of one that is stored.
void Command::disown(Session* session) {
  if (session == nullptr && link_) session = &link_->session();
  if (session != nullptr && record_.acknowledged)
    session->send(agent::encode_message(Ack{.seq = taken_seq_, .over = true}, id()),
                  agent::net::Flush::later);
  link_.reset();
}

void Command::acknowledge(std::uint64_t seq, agent::net::Flush when) {
  seq = audience_.may_acknowledge(seq);
  if (!link_ || !record_.acknowledged || seq <= acknowledged_seq_) return;
  acknowledged_seq_ = seq;
  link_->session().send(agent::encode_message(Ack{.seq = seq}, id()), when);
}

// Nobody at the agent waits for the last one: it goes with others.
void Command::acknowledge_all() {
  if (link_ && record_.acknowledged && link_->session().has(agent::wire::kBriefCapability)) {
    keeper_.settle(link_->shared_session(), id());
  } else {
    acknowledge(taken_seq_, agent::net::Flush::later);
  }
  link_.reset();
}

// ------------------------------------------------------------------------------- the disk, the clock

void Command::output_changed() {
  const bool congested = output_->spool().is_congested();
  if (std::exchange(congested_, congested) && !congested && link_) link_->session().resume();
  step(output_->spool().has_unwritten() ? In::written : In::all_written);
}

void Command::save(bool is_final) {
  leaves_traces_ = true;
  note_sizes();
  if (is_final && output_->fits_record())
    record_.output = agent::encode_base64(*output_->spool().in_memory());
  RecordStore::Row row{.id = id(), .expires = record_.expires, .text = agent::json::encode(record_)};
  record_.output.clear();
  services_->records.save(std::move(row), [weak = weak_from_this(), is_final](bool ok) {
    const auto self = weak.lock();
    if (!self) return;
    self->home_.mailbox().run([self, is_final, ok] { self->saved(is_final, ok); });
  });
}

void Command::saved(bool is_final, bool ok) {
  if (is_final) {
    output_->rest();
    return step(ok ? In::end_saved : In::end_not_saved);
  }
  step(ok ? In::saved : In::not_saved, {kCodeProtocol, "its record cannot be stored"});
}

void Command::arm(Clock::duration delay) {
  if (!deadline_) deadline_.emplace(loop().io());
  deadline_->expires_after(delay);
  deadline_->async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->overdue();
  });
}

void Command::overdue() {
  if (!deadline_ || deadline_->expiry() > Clock::now()) return;  // it was moved meanwhile
  step(In::timer, {kCodeTimeout, has_started() ? "its end was not reported in time" : "timeout"});
}

}  // namespace server
