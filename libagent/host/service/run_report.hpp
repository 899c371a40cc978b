// RunReport: how this program stands, told to whoever asks on this machine: the service manager hears
// (host/service/notify.hpp), and the status file shows (host/service/run_status.hpp).
//
// Each change is told once. Belongs to the thread of the program's first loop, but for alive().
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "host/service/notify.hpp"
#include "host/service/run_status.hpp"

namespace agent::host {

// What finishing() asks the service manager for, and how often it is to be asked.
inline constexpr std::chrono::seconds kMoreTime{15};
inline constexpr std::chrono::seconds kMoreTimeInterval{5};

class RunReport {
 public:
  // Takes the service manager's variables out of the environment: before there are other threads. `program`:
  // its name. Tells nobody anything yet.
  RunReport(std::string program, std::string version);
  // The status file goes.
  ~RunReport() = default;
  RunReport(const RunReport&) = delete;
  RunReport& operator=(const RunReport&) = delete;

  // The configuration is read and the loop runs, whatever the network does. The status file is there when the
  // service manager hears of it.
  void ready();
  // The program was told to stop, and has something to finish before. To be called every kMoreTimeInterval.
  void finishing() { notify_.more_time(kMoreTime); }
  // The last that is told.
  void stopping();

  // ---- the watchdog

  // How often alive() is wanted: three times in the service manager's period, so that two may be late, and
  // with the period of 30 s each 10 s. nullopt: nobody watches.
  std::optional<std::chrono::microseconds> alive_interval() const;
  // Any thread.
  void alive() { notify_.alive(); }

  // ---- an agent's connection

  // An attempt begins. Only the first ones since the start are told: later on the program is away until it is
  // connected again.
  void connecting(const std::string& server);
  // The id that the agent asks for, told with what comes of it.
  void asks_as(const std::string& id);
  void connected(const std::string& server, const std::string& id);
  // The session with `server` ended, or an attempt failed; `reason` as the log has it.
  void kept_away(const std::string& server, Problem problem, std::string_view reason);

  // ---- a server's listen address

  void listening(const std::string& address);
  void waiting(const std::string& address, std::string_view reason);

 private:
  void change(const RunStatus& to);
  void tell();

  ServiceNotify notify_;
  RunStatusFile file_;
  RunStatus status_;
  bool is_told_ = false;  // from ready() to stopping()
};

// The line of a status, as `systemctl status` shows it: "connected to s.example:13081 as n1",
// "away since 2026-03-01 08:30:00: connect s.example:13081: Connection refused". Local time.
std::string describe(const RunStatus& status);

}  // namespace agent::host
