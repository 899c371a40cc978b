// Command: what runs on an agent's machine for somebody: its messages, its output, its result (wire protocol,
// 7.1; capability ack in docs/wire.md). It outlives the call that began it. JSON and routes call it a task.
//
// It belongs to a loop of its own choice, `home`; the session's loop posts to it. Unless said otherwise,
// members are called there: net::on() (net/spawn.hpp) brings a coroutine over. Every command ends: by
// its end, by a failed start, by its deadline, or lost.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/message.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/kept.hpp"
#include "base/event.hpp"
#include "base/timer.hpp"
#include "commands/command_link.hpp"
#include "commands/command_output.hpp"
#include "commands/command_record.hpp"
#include "commands/command_services.hpp"
#include "hub/agent_session.hpp"

namespace server {

class Command : public std::enable_shared_from_this<Command> {
 public:
  using Clock = agent::net::Clock;

  // A new one, or with `found` one of an earlier process, whose agent is away.
  // `order`: greater for the newer of two.
  Command(std::shared_ptr<CommandServices> services, LoopSessions& home, std::uint64_t order,
          StoredCommand record, std::shared_ptr<SpoolFile> found = nullptr);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // ---- any thread

  const std::string& id() const { return id_; }
  const std::string& agent() const { return agent_; }
  std::uint64_t order() const { return order_; }
  LoopSessions& home() const { return home_; }
  agent::net::Loop& loop() const { return home_.loop(); }
  // As of its last change of state; view() is exact.
  CommandRecord snapshot() const;
  // When the result may be forgotten, Unix seconds; 0: there is none yet.
  std::int64_t expires() const { return expires_; }

  // There is something of it on disk. Final once it is over and has no output to write.
  bool leaves_traces() const { return record_.asynchronous || saved_ || output_->is_on_disk(); }

  // Called once when it is over. Set before start().
  std::function<void(Command&)> on_over;

  // ---- its loop

  // What is known of it; view() adds the sizes of its output.
  const CommandRecord& record() const { return record_; }
  CommandRecord view() const;
  bool is_over() const { return record_.is_over(); }
  // The agent has said that it runs.
  bool has_started() const { return record_.pid != 0; }
  // The server ends: the command goes on, and the next server has its result.
  bool is_handed_on() const { return handed_on_; }
  const std::shared_ptr<CommandOutput>& output() const { return output_; }

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
  void lose(std::string_view reason, std::int64_t code = kCodeLost);
  // Ends the command, now or when its agent is back.
  void kill();
  // Its result must last, although it was started to be waited for.
  void keep();
  // Its result was delivered and is not wanted any more.
  void discard();

  // Waits until something changes: true, or until `deadline`: false. Throws Errc::cancelled when the
  // coroutine is cancelled.
  agent::Task<bool> change(Clock::time_point deadline) { return changed_.wait(deadline); }

  // ---- for its links

  void take(const agent::Envelope& envelope);
  void unlinked(const CommandLink& link, const CallEnd& end);
  bool is_congested() const { return congested_; }  // any thread

 private:
  enum class Phase { starting, running, tail, over };

  template <class Record>
  Record with_sizes(const Record& of) const;
  // Goes on where it stopped.
  void rejoin(std::shared_ptr<Session> session, std::uint64_t first);
  // Lost, unless it never got there; then it is given to the agent again, up to kGiveAgainLimit times.
  void miss(std::shared_ptr<Session> session);
  void refuse(StartRefusal refusal, std::string_view reason);  // it does not start
  void give();
  void link(std::shared_ptr<Session> session);
  void unlink();
  bool is_next(std::uint64_t seq);
  void skip_to(std::uint64_t first);
  void take_payload(const agent::Envelope& envelope);
  void started(const agent::wire::Execd& execd);
  void took_end(const agent::wire::ExecDone& done);
  void await_tail();
  void finish(std::string_view state, std::int64_t code, std::string_view reason);
  void overdue();
  void overdue_end();

  void settle();
  void save(bool is_final);
  void saved(bool is_final, bool ok);
  void acknowledge(std::uint64_t seq);
  void publish();
  void arm(Phase phase, Clock::duration delay);

  const std::shared_ptr<CommandServices> services_;
  LoopSessions& home_;
  const std::string id_;
  const std::string agent_;
  const std::uint64_t order_;
  StoredCommand record_;
  std::shared_ptr<CommandOutput> output_;
  std::shared_ptr<CommandLink> link_;  // null while the agent is away
  std::string request_;                // until the agent has it
  std::uint64_t taken_seq_ = 0;        // number of the last message that was taken
  std::uint64_t acknowledged_seq_ = 0;
  std::uint64_t claimed_ = 0;
  std::string end_reason_;  // what the agent said with the end
  bool kill_wanted_ = false;
  bool kept_ = false;  // its result must last
  bool discarded_ = false;
  bool closed_ = false;
  bool given_ = false;
  int times_given_again_ = 0;
  int looks_for_tail_ = 0;  // that are still to come
  bool handed_on_ = false;
  bool saving_end_ = false;
  Phase phase_ = Phase::starting;
  Clock::time_point ends_at_{};
  std::optional<agent::Timer> deadline_;  // none once it is over: others may hold it longer than its loop
  agent::Event changed_;

  std::atomic<bool> saved_{false};
  std::atomic<bool> congested_{false};
  std::atomic<std::int64_t> expires_{0};
  mutable std::mutex mutex_;  // held to copy or change what snapshot() shows
  CommandRecord published_;
};

}  // namespace server
