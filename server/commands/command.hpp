// Command: what runs on an agent's machine for somebody: its messages, its output, its result (wire protocol,
// 7.1; capability ack in docs/wire.md). It outlives the call that began it. JSON and routes call it a task.
//
// The shell around CommandFsm, which decides: this tells it what happens, and does what it says. It belongs
// to the shard of its agent, as its sessions do, and members are called on that loop unless said otherwise:
// there are no locks. Every command ends: by its end, by a failed start, by its deadline, or lost.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/message.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/kept.hpp"
#include "base/event.hpp"
#include "base/timer.hpp"
#include "commands/audience.hpp"
#include "commands/command_fsm.hpp"
#include "commands/command_link.hpp"
#include "commands/command_output.hpp"
#include "commands/command_record.hpp"
#include "commands/command_services.hpp"
#include "commands/input_window.hpp"
#include "commands/recording.hpp"
#include "hub/agent_session.hpp"

namespace server {

// What an input of the machine comes with.
struct CommandCause {
  std::int64_t code = kCodeLost;
  std::string_view reason{};
  std::shared_ptr<Session> session{};  // with which the agent is back
};

class Command : public std::enable_shared_from_this<Command> {
 public:
  using Clock = agent::net::Clock;

  // A new one, or with `found` one of an earlier process, whose agent is away.
  // `keeper`: outlives everything but its last owners. `order`: greater for the newer of two of a shard.
  Command(std::shared_ptr<CommandServices> services, CommandKeeper& keeper, std::uint64_t order,
          StoredCommand&& record, std::shared_ptr<SpoolFile> found = nullptr);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // ---- any thread

  const std::string& id() const { return record_.id; }
  const std::string& agent() const { return record_.agent; }
  bool is_asynchronous() const { return record_.asynchronous; }
  std::uint64_t order() const { return order_; }
  Shard& home() const { return home_; }
  agent::net::Loop& loop() const { return home_.loop(); }

  // ---- its loop

  // What is known of it; view() adds the sizes of its output. Does not change once it is over.
  const CommandRecord& record() const { return record_; }
  CommandRecord view() const;
  // Its state, as an index of kCommandStates.
  std::size_t state() const { return state_; }
  // When the result may be forgotten, Unix seconds; 0: there is none yet.
  std::int64_t expires() const { return record_.expires; }
  // It has left something on the disk. Final once it is over and was not kept.
  bool leaves_traces() const { return leaves_traces_ || output_->is_on_disk(); }
  // Bytes of memory that it takes, about. Once it is over.
  std::size_t memory() const;
  bool is_over() const { return record_.is_over(); }
  // The agent has said that it runs.
  bool has_started() const { return record_.pid != 0; }
  // The server ends: the command goes on, and the next server has its result.
  bool is_handed_on() const { return fsm_.stage() == CommandStage::handed_on; }
  const std::shared_ptr<CommandOutput>& output() const { return output_; }
  // null: it is not recorded
  const std::shared_ptr<Recording>& recording() const { return recording_; }

  // The output up to `end` is somebody's; says where it begins.
  std::uint64_t claim_output(std::uint64_t end) { return std::exchange(claimed_, end); }

  // Gives the command to the agent. Once. `request`: the whole message.
  void start(std::shared_ptr<Session> session, std::string request);
  // An agent of its id is back on `session`. It must be the process that the command was given to, or have
  // come with a token of the same name: the command is lost to any other, to whom nothing of it is told.
  // `first`: it has the command still, and this is the number of the oldest reply that it has. nullopt: it
  // comes without it.
  void returned(std::shared_ptr<Session> session, std::optional<std::uint64_t> first);
  // It was found again after a restart of the server: waits for its agent, if that can have it.
  void recover();
  // The loops have ended: writes what must last.
  void close();
  // Ends the command, now or when its agent is back.
  void kill() { step(CommandInput::kill, {kCodeProtocol, "it was killed before it was given to its agent"}); }
  // Whoever waited has left: its result must last, also when it was delivered a moment ago.
  void keep() { step(CommandInput::client_left); }
  // Its result was taken by whoever waited: it is one of the recent results for a moment.
  void deliver() { step(CommandInput::deliver); }
  // Its result is not wanted any more.
  void forget() { step(CommandInput::forget); }

  // ---- what is typed for it, if it takes any (its order asked for that)

  bool takes_input() const { return input_ != nullptr; }
  // false: whoever types waits, for change().
  bool has_input_room() const { return !input_ || input_->has_room(); }
  // The program reads no more, or end_input() was said.
  bool is_input_over() const { return !input_ || input_->is_closed() || input_->is_ended(); }
  // Each byte comes to the program once, in order, whatever happens to the agent's sessions.
  void type(std::string_view bytes);
  void end_input();
  // The last one counts, also when the agent is away.
  void resize(const agent::wire::TerminalCells& size);
  const std::optional<agent::wire::TerminalCells>& size() const { return size_; }
  bool has_terminal() const { return record_.terminal; }
  // To what runs in the foreground. False: the agent is away, or is_signal() does not know it.
  bool signal(std::string_view name);

  // ---- who watches it

  // From here on it does not run ahead of them, and is not ended because nobody is there
  // (CommandTableOptions::detach_timeout). The result leaves.
  Audience::Seat join(std::string client, std::string who, std::uint64_t seen, bool types);
  void leave(Audience::Seat seat);
  bool take_over(Audience::Seat seat);
  void saw(Audience::Seat seat, std::uint64_t offset);
  Audience& audience() { return audience_; }

  // Waits until something changes: true, or until `deadline`: false. Throws Errc::cancelled when the
  // coroutine is cancelled.
  agent::Task<bool> change(Clock::time_point deadline) { return changed_.wait(deadline); }

  // ---- for its links

  void take(const agent::Envelope& envelope);
  void unlinked(const CommandLink& link, const CallEnd& end);
  bool is_congested() const { return congested_; }

 private:
  void step(CommandInput input, const CommandCause& cause = {});
  void show(const CommandCause& cause);
  void act(CommandActs acts, const CommandCause& cause);
  void act_on_session(CommandActs acts, const CommandCause& cause);
  void act_on_timer(CommandActs acts);
  void act_on_store(CommandActs acts);
  void discard();
  // Puts the record into another state, and says so.
  void enter(std::string_view state);
  // What its record says of its output.
  void note_sizes();

  bool is_next(std::uint64_t seq);
  void skip_to(std::uint64_t first);
  void take_payload(const agent::Envelope& envelope);
  void take_output(const agent::wire::ExecData& data, std::uint64_t seq);
  void append_output(std::string_view base64, std::uint64_t seq);
  void started(const agent::wire::Execd& execd);
  void took_end(const agent::wire::ExecDone& done);
  void took_whole(const agent::wire::ExecWhole& whole, std::uint64_t seq);
  void took_input(const agent::wire::ExecTaken& taken);
  bool can_send_input() const;
  void send_input();
  void resend_input(bool asks);
  void send_message(const agent::wire::ExecInput& message);
  void acknowledge_seen();
  void await_people();
  void end_detached();
  void refuse(StartRefusal refusal, std::string_view reason);  // it does not start
  void missed(std::shared_ptr<Session> session);
  void output_changed();

  void finish(std::string_view state, std::int64_t code, std::string_view reason);
  void write_audit_end();
  void link(std::shared_ptr<Session> session);
  void unlink();
  void disown(Session* session);
  void acknowledge(std::uint64_t seq, agent::net::Flush when);
  void acknowledge_all();
  void save(bool is_final);
  void saved(bool is_final, bool ok);
  void arm(Clock::duration delay);
  void overdue();

  const std::shared_ptr<CommandServices> services_;
  CommandKeeper& keeper_;
  Shard& home_;
  const std::uint64_t order_;
  CommandFsm fsm_;
  StoredCommand record_;
  std::shared_ptr<CommandOutput> output_;
  std::shared_ptr<Recording> recording_;
  std::shared_ptr<CommandLink> link_;   // null while the agent is away
  std::string request_;                 // until the agent has it
  std::unique_ptr<InputWindow> input_;  // null: it takes none
  std::optional<agent::wire::TerminalCells> size_;
  Audience audience_;
  std::unique_ptr<agent::Timer> detach_timer_;  // while it takes input, and nobody is there
  std::uint64_t taken_seq_ = 0;                 // number of the last message that was taken
  std::uint64_t acknowledged_seq_ = 0;
  std::uint64_t claimed_ = 0;
  int times_given_again_ = 0;
  const Clock::time_point asked_at_ = Clock::now();
  Clock::time_point ends_at_{};
  std::optional<agent::Timer> deadline_;  // none once it is over: others may hold it longer than its loop
  agent::Event changed_;
  bool leaves_traces_ = false;
  bool congested_ = false;
  std::uint8_t state_ = 0;
};

}  // namespace server
