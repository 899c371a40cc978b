// Agent: a program that serves a server's requests. Start here.
//
//   agent::Agent hello("hello-agent", "1.0.0");
//   hello.on<Foo>([](const Foo& foo) { return Bar{"hello, " + foo.name}; });
//   return agent::main(hello, argc, argv);
//
// First handlers, hooks and settings are registered, then agent::main() runs the agent, on one event loop in
// the calling thread. Handlers and hooks run on that loop and must not block it; blocking work goes through
// offload(). Only send(), post(), stop() and the metrics may be used from other threads.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "agent/call.hpp"
#include "agent/clock.hpp"
#include "agent/config.hpp"
#include "agent/detail/registration.hpp"
#include "agent/limits.hpp"
#include "agent/manifest.hpp"
#include "agent/message.hpp"
#include "agent/metrics.hpp"
#include "agent/task.hpp"

namespace agent {

class Agent;

namespace core {
struct AgentState;
// The inside of an agent, for libagent's own sources (core/agent_state.hpp).
AgentState& state_of(Agent& agent);
}  // namespace core

class Agent {
 public:
  // `name` becomes the agent's type, the name of its log files and of its service: letters, digits, '-', '_'
  // and '.', or else Errc::bad_config. `version` is the program's own, such as "1.2.3".
  Agent(std::string name, std::string version);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // -------------------------------------------------------------------------------------------
  // Registration: before the agent runs.

  // Serves requests of type Request. Forms of a handler:
  //   Reply(const Request&)   the returned message is the reply
  //   void(const Request&)    no reply
  //   Task<>(Request, Call)   a coroutine that sends its replies through the call
  // The first two must not block. Calls run concurrently: while one coroutine waits, others go on. A
  // coroutine may be a lambda with captures: the agent keeps handlers longer than they run.
  // What a handler throws is answered as an error, type 0. When nobody waits for the answer any more, the
  // coroutine is cancelled (agent/call.hpp). Throws Errc::bad_config for a second handler of a type.
  template <Message Request, class Handler>
  void on(Handler handler) {
    add_route(Request::message.type, detail::make_route<Request>(std::move(handler)));
  }

  // Takes every message that has no handler of its own. Without it they are counted and ignored, and our own
  // server answers its caller at once that this agent does not serve them. The envelope is gone when the
  // function returns.
  void on_other(std::function<void(const Envelope&, Call)> handler);

  // The agent starts: void() or Task<>(). config() and settings are read, the log is open, the loop runs, and
  // nothing else has happened: the place for whatever needs settings or the loop. Each may be set several
  // times; they run one after the other, a Task to its end, before the first connection, request and every().
  // Work that was posted before runs after them, or while a Task waits.
  // What one throws ends the agent: run() throws it, agent::main() prints it and returns 1 (78 for
  // Errc::bad_config). A stop cancels a Task that waits; on_stop is not called then.
  template <class Hook>
  void on_start(Hook hook) {
    add_start_hook(detail::make_action(std::move(hook)));
  }

  // Hooks; each may be set several times and is called in that order. What they throw is logged.
  void on_connect(std::function<void()> hook);     // after the server accepted the agent
  void on_disconnect(std::function<void()> hook);  // after a session ended
  void on_report(std::function<void()> hook);      // right before each self-report: the place for own reports
  void on_new_id(std::function<void()> hook);      // the server assigned id(), which is in the file already
  // SIGTERM or SIGINT has come, and the stop has not begun: void() or Task<>(), for what must be finished
  // before it, such as a package manager that upgrades this agent. All goes on as before until the Tasks have
  // ended, which has no limit but that of the service manager. A second signal ends the process.
  template <class Hook>
  void before_stop(Hook hook) {
    add_before_stop_hook(detail::make_action(std::move(hook)));
  }
  // The agent was told to stop: void() or Task<>(). The session lasts until all Tasks have ended, and what
  // they leave to be said has been, for 1.5 s at most; new requests come until then.
  template <class Hook>
  void on_stop(Hook hook) {
    add_stop_hook(detail::make_action(std::move(hook)));
  }

  // Calls `function`, void() or Task<>(), every `interval` (at least 1 ms) while the agent runs, the first
  // time after one interval. A Task that has not finished is not started a second time. What it throws is
  // logged. An interval that is a setting is known in on_start, which is the last place to call this.
  template <class Function>
  void every(std::chrono::nanoseconds interval, Function function) {
    add_action(interval, detail::make_action(std::move(function)));
  }

  // Settings of the agent's own, in the same file, by the field list of `own`. It is filled before the
  // first connection and must live as long as the agent. `prefixes` as for Settings::read; the manifest has
  // the keys behind the first of them. A member `void check(Settings&) const` is called then and says what
  // cannot work, by Settings::problem.
  template <HasFields T>
  void config(T& own, std::string_view prefixes = {}) {
    const std::string_view first = prefixes.substr(0, prefixes.find(','));
    add_settings(describe_settings(own, first), [&own, prefixes = std::string(prefixes)](Settings& settings) {
      settings.read(own, prefixes);
      if constexpr (requires { own.check(settings); }) own.check(settings);
    });
  }

  // What these settings are called in manifest.yaml: a file for each language (agent/manifest.hpp). Every
  // agent has the texts of the library's own settings; without a text a setting is called by its key. The
  // texts are only read by `manifest`, which fails when one is no such file. They must live as long as the
  // agent.
  void setting_texts(std::span<const LanguageFile> files);

  // Gives the agent a spool for report(): agent/spool.hpp. It adds the settings `spool.size` (16Mi) and
  // `spool.dir` ("": in the state directory, one for each configuration file). Without `spool.dir` and
  // without a file there is no spool, since no other start would find it. A spool that cannot be opened is
  // an error in the log, and the agent runs without.
  void spool_reports();

  // -------------------------------------------------------------------------------------------
  // At any time: before run(), in it and after it.

  // Queues a message that nobody asked for; clients of our own server can follow these messages. While there
  // is no session it waits for the next one. The queue holds `send_queue` bytes (8 MiB); beyond that the
  // oldest such messages are dropped and counted in agent_dropped_reports_total. Any thread.
  template <Message T>
  void send(const T& message) {
    send_text(encode_message(message));
  }

  // Queues a message that nobody asked for and that must not be lost: it is in the spool when this returns on
  // the loop's thread, and stays there until a server of ours has acknowledged it, or one of the originals
  // has been sent it. What one session leaves is sent in the next one, also of another process: each once, in
  // order. What `spool.size` does not hold is dropped, the oldest first, and counted in
  // report_spool_dropped_total. Returns the bytes of the message.
  //
  // The report takes part in acknowledgements as one of type 31 or 33 does (docs/wire.md, "reports"). Without
  // spool_reports(), without a spool or a place in it, this is send(). Any thread.
  template <Message T>
  std::size_t report(const T& message) {
    std::string text = encode_message(message);
    const std::size_t size = text.size();
    report_text(std::move(text));
    return size;
  }

  // Calls `function` as every() does, but the first time after `first`, and only until the last copy of the
  // handle has gone. For what begins, ends or changes while the agent runs. The loop's thread, from on_start
  // on; Errc::cancelled when the agent does not run.
  template <class Function>
  [[nodiscard]] std::shared_ptr<void> repeat(std::chrono::nanoseconds first,
                                             std::chrono::nanoseconds interval, Function function) {
    return repeat_action(first, interval, detail::make_action(std::move(function)));
  }

  // The first report of the agent on itself comes at that time, and the others after it, at the intervals of
  // `monitor.interval`: an agent with times of its own wakes the machine once for both. Otherwise it comes
  // one interval after the start. In on_start.
  void first_report_at(Clock::time_point time);

  // Keeps a setting for the next start: changes the line of `key` in the configuration file and nothing else
  // (set_key). Blocks for the time of the write: offload() is the place. Throws Errc::io, Errc::bad_config
  // where it cannot be written in this place, and Errc::not_found when the agent runs without a file.
  void keep_setting(std::string_view key, std::string_view value) const;

  // Calls `work` on the agent's loop; work given before the agent runs waits for it, work given after it is
  // never done. What it throws ends the agent, as with on_start. Any thread.
  void post(std::function<void()> work);

  // For coroutines on the loop: runs blocking `work` on another thread, waits for it, and returns what it
  // returns; of a reference, a copy.
  //
  //   auto list = [path] { return agent::list_directory(path); };
  //   std::vector<agent::FileEntry> entries = co_await agent.offload(list);
  //
  // At most 4 run at once, further ones queue in order. Throws what the work throws. Nothing interrupts work
  // that has begun, and the coroutine waits for it in any case: it may use the coroutine's variables. If the
  // coroutine is cancelled meanwhile, Errc::cancelled comes in place of the result. Errc::cancelled at once
  // when the agent does not run.
  template <class Work>
  Task<std::remove_cvref_t<std::invoke_result_t<Work&>>> offload(Work work) {
    using Result = std::remove_cvref_t<std::invoke_result_t<Work&>>;
    if constexpr (std::is_void_v<Result> && std::is_copy_constructible_v<Work>) {
      return offload_work(std::move(work));
    } else {
      return offload_for<Result>(std::move(work));
    }
  }

  // For coroutines of any loop, also before the agent runs: waits. 0 or less lets others go first, more than
  // 30 years are 30 years. Throws Errc::cancelled when the coroutine is cancelled, as when the agent stops.
  static Task<> pause(std::chrono::nanoseconds duration);

  // What is added here is shown by our own server with the agent's id and type, if monitor.enabled is set
  // (docs/metrics.md); the library's own series, `agent_…`, are in there too. Any thread.
  metrics::Registry& metrics();
  metrics::Counter& counter(std::string_view name, std::string_view help);
  metrics::Gauge& gauge(std::string_view name, std::string_view help);

  // Where limit.* lives, for ChildReaper::start(). Never empty. limit.* is in force before on_start; without
  // it nothing is touched until a command has limits of its own.
  std::shared_ptr<Limits> limits();

  const std::string& name() const;
  const std::string& version() const;
  // As loaded; the defaults before that. The loop's thread.
  const Config& config() const;
  // The id of the current or the last session; "" before the first one. The loop's thread.
  const std::string& id() const;
  // A session lasts: the server has accepted the agent. The loop's thread.
  bool connected() const;

  // -------------------------------------------------------------------------------------------
  // Running; agent::main() does this.

  // Reads the configuration file, the environment and what config() registered. Throws Errc::bad_config with
  // every problem, one a line, and Errc::io.
  void load(const std::string& path);

  // Connects, serves, and connects again after each loss, until stop(). Returns then; what is
  // wrong with the server or the network never ends it. Throws Errc::bad_config without a server, and
  // Errc::cancelled when it has run before: an agent runs once.
  void run();

  // Ends run(): on_stop hooks, then calls are cancelled, the session is closed with code 1001. Takes two
  // seconds at most. Before run(): that ends soon after it has begun. After it: does nothing. Any thread.
  void stop();

 private:
  friend core::AgentState& core::state_of(Agent& agent);
  void add_route(int type, detail::Route route);
  void add_start_hook(detail::Action hook);
  void add_before_stop_hook(detail::Action hook);
  void add_stop_hook(detail::Action hook);
  void add_action(std::chrono::nanoseconds interval, detail::Action action);
  void add_settings(std::vector<SettingInfo> infos, std::function<void(Settings&)> read);
  void send_text(std::string text);
  void report_text(std::string text);
  std::shared_ptr<void> repeat_action(std::chrono::nanoseconds first, std::chrono::nanoseconds interval,
                                      detail::Action action);
  Task<> offload_work(std::function<void()> work);

  // Work that is not copied stays here, where nothing ends before the work.
  template <class Result, class Work>
  Task<Result> offload_for(Work work) {
    if constexpr (std::is_void_v<Result>) {
      std::function<void()> step = [&work] { work(); };
      co_await offload_work(step);
    } else {
      std::optional<Result> result;
      std::function<void()> step = [&work, &result] { result.emplace(work()); };
      co_await offload_work(step);
      co_return std::move(*result);
    }
  }

  std::unique_ptr<core::AgentState> state_;
};

}  // namespace agent
