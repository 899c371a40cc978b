// AgentState: what an Agent is made of, before and while it runs.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "core/agent_loop.hpp"
#include "core/counters.hpp"
#include "core/kept_id.hpp"
#include "core/outbox.hpp"
#include "host/limits/agent_groups.hpp"
#include "host/service/run_report.hpp"

namespace agent::core {

using detail::Action;
using detail::Route;

// Keys spool.*, as Agent::spool_reports() adds them.
struct SpoolSettings {
  SpoolConfig spool;

  static void fields(auto& field) { field("spool", &SpoolSettings::spool); }
};

struct AgentState {
  AgentState(std::string the_name, std::string the_version);

  struct Timed {
    std::chrono::nanoseconds interval;
    Action action;
  };
  struct OwnSettings {
    std::vector<SettingInfo> infos;
    std::function<void(Settings&)> read;
  };
  using Hooks = std::vector<std::function<void()>>;

  std::string name;
  std::string version;
  std::string instance;  // random hexadecimal digits: tells a reconnect from a second agent of the same id

  // Registered.
  std::map<int, Route> routes;
  Route other;
  Hooks on_connect;
  Hooks on_disconnect;
  Hooks on_report;
  Hooks on_new_id;
  std::vector<Action> on_start;
  std::vector<Action> before_stop;
  std::vector<Action> on_stop;
  std::vector<Timed> timed;
  std::vector<OwnSettings> own_settings;
  std::vector<LanguageFile> texts;                // of own_settings
  std::optional<SpoolSettings> spool;             // spool_reports() was called
  std::optional<Clock::time_point> first_report;  // first_report_at() was called

  // Loaded.
  std::string config_path;        // "" = not from a file
  std::optional<KeptId> kept_id;  // where an assigned id goes that the file does not take
  Config config;
  std::vector<ConfigProblem> warnings;
  std::vector<ConfigProblem>
      outdated;  // certificates out of date: the agent starts, and waits for better ones

  // Running.
  metrics::Registry registry;
  Counters counters{registry};
  std::shared_ptr<Limits> limits;
  Outbox outbox;
  AgentLoop loop;
  std::atomic<std::size_t> posted_bytes{0};  // of reports on their way to the loop, bounded like the queue
  std::string id;
  bool connected = false;
  bool shows_series = false;  // the session that lasts has the capability
  bool shows_limits = false;
  bool has_run = false;
  std::unique_ptr<host::RunReport> report;  // null: the process is not the agent's, and nobody is told
  class Runtime* runtime = nullptr;
};

// state_of(agent), declared in agent/agent.hpp, is the way here from an Agent.

// Message types that the library handles itself: errors, the handshake, kept replies, ends of calls, log
// files.
bool is_reserved(int type);

// Queues a message that nobody asked for. Any thread.
void send_report(AgentState& state, std::string text);

// The same for one that must not be lost.
void spool_report(AgentState& state, std::string text);

// Calls them all; what one throws is logged.
void call_hooks(const AgentState::Hooks& hooks, const char* what);

}  // namespace agent::core
