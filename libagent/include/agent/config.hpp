// Config: settings from a file, the environment and the defaults in the code.
//
// A settings struct lists its fields (agent/fields.hpp); its default member values are the defaults.
// Types: bool, integers, double, std::string, Bytes, every std::chrono duration ("1h30m", "500ms"; it must
// hold what the file says exactly, so that "1500ms" is a problem for seconds), std::vector<std::string>
// (comma-separated, items trimmed), std::vector of a struct (a JSON array on one line, in which durations are
// std::chrono::nanoseconds, written as their number), std::optional of these, and structs with fields (their
// keys joined by dots).
// A type of your own takes part by `void parse_setting(std::string_view text, T& out)` beside it. A list that
// is given must have an item: "," is a problem, not an empty list.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/detail/setting_value.hpp"
#include "agent/error.hpp"
#include "agent/fields.hpp"
#include "agent/json.hpp"
#include "agent/units.hpp"

namespace agent {

// What every agent can be told (docs/configuration.md, "Every agent"). In files the keys stand with or
// without the prefix "basic.", which originals write. The values below are the defaults.

// Keys log.*: where an agent's log goes, in which form.
struct LogConfig {
  std::vector<std::string> target{"stdout"};  // stdout, file or both
  std::string dir = "logs";                   // made when it is missing, 0750
  Bytes size{10'000'000};                     // at least 1K
  std::uint32_t rotate = 7;                   // 1 to 10,000 files; days with rotation by date
  std::string rotation = "size";              // size or date
  std::string format = "text";                // text or json, one object a line
  std::string level = "info";                 // debug, info, warn or error; a reload applies it

  static void fields(auto& field) {
    constexpr FieldNeeds files{.key = "target", .contains = "file"};
    field("target", &LogConfig::target, "where log lines go: standard output, files, or both",
          FieldRules{.one_of = "stdout,file"});
    field("dir", &LogConfig::dir, "directory of the log files, relative to that of the program",
          FieldRules{.kind = ValueKind::path, .needs = files});
    field("size", &LogConfig::size, "size at which a log file is rotated",
          FieldRules{.min = "1K", .needs = files});
    field("rotate", &LogConfig::rotate,
          "number of rotated log files that are kept, or days with rotation by date",
          FieldRules{.min = "1", .max = "10000", .needs = files});
    field("rotation", &LogConfig::rotation, "what a log file is rotated by",
          FieldRules{.one_of = "size,date", .needs = files});
    field("format", &LogConfig::format, "form of a log line: text, or a JSON object",
          FieldRules{.one_of = "text,json"});
    field("level", &LogConfig::level, "lowest level of log lines that are written",
          FieldRules{.one_of = "debug,info,warn,error"});
  }
};

// Keys monitor.*: the agent's reports on itself (message 7), which start with a session.
struct MonitorConfig {
  bool enabled = false;
  std::chrono::nanoseconds interval = std::chrono::seconds(5);

  static void fields(auto& field) {
    field("enabled", &MonitorConfig::enabled,
          "whether the agent reports on itself: its CPU time, memory and series");
    field("interval", &MonitorConfig::interval,
          "time between two reports of the agent on itself; 0 or less means 5s",
          FieldRules{.max = "24h", .needs = {.key = "enabled"}});
  }
};

// One item of limit.disk_limit. 0 = no limit.
struct DiskLimit {
  std::string dev;               // "8:0", as in /proc/partitions
  Bytes read_bytes;              // per second
  Bytes write_bytes;             // per second
  std::uint64_t read_iops = 0;   // per second
  std::uint64_t write_iops = 0;  // per second

  static void fields(auto& field) {
    field("dev", &DiskLimit::dev, "device as major:minor");
    field("read_bytes", &DiskLimit::read_bytes, "bytes read per second", omit_empty);
    field("write_bytes", &DiskLimit::write_bytes, "bytes written per second", omit_empty);
    field("read_iops", &DiskLimit::read_iops, "reads per second", omit_empty);
    field("write_iops", &DiskLimit::write_iops, "writes per second", omit_empty);
  }
};

// Keys limit.*: what the agent and its commands may use together (docs/limits.md). What cannot be set is an
// error in the log and in the agent's report, and the agent runs on.
struct LimitConfig {
  std::uint32_t cpu_quota = 0;
  Bytes memory_limit;
  std::vector<DiskLimit> disk_limit;

  bool any() const { return cpu_quota != 0 || memory_limit.value != 0 || !disk_limit.empty(); }

  static void fields(auto& field) {
    field("cpu_quota", &LimitConfig::cpu_quota, "CPU time in percent of one core; 0: no limit",
          FieldRules{.max = "819200"});
    field("memory_limit", &LimitConfig::memory_limit, "memory; 0: no limit");
    field("disk_limit", &LimitConfig::disk_limit, "limits of each disk, as JSON");
  }
};

// Keys tls.*: for servers with wss://. The files are read at each connect, so that they may be renewed while
// the agent runs; what is wrong with them when it starts is a problem of the configuration.
struct TlsConfig {
  std::string ca;
  std::string cert;
  std::string key;

  static void fields(auto& field) {
    constexpr FieldRules file{.kind = ValueKind::path};
    field("ca", &TlsConfig::ca,
          "PEM file with the authorities that may sign the server's certificate; empty: those of the "
          "system",
          file);
    field("cert", &TlsConfig::cert,
          "PEM file with this agent's certificate and its chain, if the server asks for one", file);
    field("key", &TlsConfig::key, "PEM file with the private key of this certificate", file);
  }
};

// Keys spool.*: of agents whose reports must not be lost (Agent::spool_reports).
struct SpoolConfig {
  Bytes size{16 * 1024 * 1024};
  std::string dir;

  static void fields(auto& field) {
    field("size", &SpoolConfig::size,
          "disk space for reports that the server has not taken yet; beyond that the oldest are dropped",
          FieldRules{.min = "64Ki", .max = "1Ti", .category = "spool"});
    field("dir", &SpoolConfig::dir,
          "directory of these reports, relative to that of the program; empty: in the state directory",
          FieldRules{.kind = ValueKind::path, .category = "spool"});
  }
};

// All of it. Agent::config() has the values in force.
struct Config {
  std::string id;                   // "" = the server assigns one
  std::vector<std::string> server;  // tried in order
  std::string token;                // secret: never logged
  TlsConfig tls;
  LogConfig log;
  MonitorConfig monitor;
  LimitConfig limit;
  Bytes max_message{16 * 1024 * 1024};  // 16Ki to 1Gi; a larger one ends the session
  Bytes send_queue{8 * 1024 * 1024};    // 64Ki to 1Gi; replies have half of it (Call::room), reports all

  static void fields(auto& field) {
    field("id", &Config::id,
          "id of this agent on the server; $HOSTNAME, $IP (local address) or $NAME (an environment variable) "
          "are replaced; empty: the server assigns one, which the agent writes into this file",
          FieldRules{.variables = true, .category = "connection"});
    field("server", &Config::server,
          "addresses of servers, tried in order: host:port, ws://host:port or wss://host:port; "
          "$NAME is an environment variable",
          FieldRules{
              .required = true, .kind = ValueKind::address, .variables = true, .category = "connection"});
    field("token", &Config::token, "enrollment token, if the server requires one",
          FieldRules{.secret = true, .category = "connection"});
    field("tls", &Config::tls, "", FieldRules{.category = "tls"});
    field("log", &Config::log, "", FieldRules{.category = "log"});
    field("monitor", &Config::monitor, "", FieldRules{.category = "monitor"});
    field("limit", &Config::limit, "", FieldRules{.category = "limit"});
    field("max_message", &Config::max_message, "largest message that is accepted, after decompression",
          FieldRules{.min = "16Ki", .max = "1Gi", .category = "connection"});
    field("send_queue", &Config::send_queue, "bytes that may wait to be sent to the server",
          FieldRules{.min = "64Ki", .max = "1Gi", .category = "connection"});
  }
};

// One thing that is wrong in a file, or odd (warnings).
struct ConfigProblem {
  std::string file;  // its name, or where else the value came from: "--server"
  int line = 0;      // 0: not in a file (environment, missing key)
  std::string text;
};
std::string to_string(const ConfigProblem& problem);  // "agent.conf: line 3: log.size: unknown unit 'Q'"

// What originals write before the keys of Config: exec-agent and its like, container-agent.
inline constexpr std::string_view kConfigPrefixes = "basic.,base.";

namespace detail {
template <class T>
struct SettingsField;
}

// Settings: one loaded file and the environment. Values are taken out struct by struct; what nobody took
// is a warning with the nearest known name. Not thread-safe.
class Settings {
 public:
  // `*.yaml` and `*.yml` are YAML with `#include` (docs/configuration.md), everything else has
  // lines of key = value (`\#` is a literal '#', lines are at most 1 MiB). Throws
  // Errc::bad_config when the file cannot be read; faults inside the file become problems().
  static Settings load(const std::string& path);
  // For tests and for running without a file. The format follows from the name as above.
  static Settings parse(std::string_view text, const std::string& name = "(text)");

  ~Settings();
  Settings(Settings&&) noexcept;
  Settings& operator=(Settings&&) noexcept;

  // Fills `out` from the file, then from the environment: LIBAGENT_<KEY>, the key in upper case, dots as
  // underscores (LIBAGENT_LOG_SIZE); a variable that is empty counts as not set. Keys that do not parse or
  // break a rule become problems and leave the default. The last line of a repeated key counts, lists
  // of a repeated key are joined. `prefixes`, comma-separated ("basic.,base."), may stand before each key or
  // be missing. Values of secret fields are hidden from the log from then on (log::hide).
  template <HasFields T>
  void read(T& out, std::string_view prefixes = {});

  // Marks a key as known but not served, with the reason that is warned with. "metrics." means every key
  // that begins so.
  void ignore(std::string_view key, std::string_view reason);

  // Makes keys of the file that begin so ("task.") and that no field has a problem, which names those there
  // are. After read(), as in a member check().
  void allow_only_known(std::string_view beginning);

  // A value from elsewhere, such as the command line: wins over environment and file. `source` names it in
  // problems ("--server"). Before read().
  void set(std::string_view key, std::string text, std::string source);

  // A problem, or something odd, found by the program itself, after read(). The line of `key` is looked up.
  void problem(std::string_view key, std::string_view text);
  void warning(std::string_view key, std::string_view text);
  // `text` with the place of `key`, and in neither list.
  ConfigProblem place(std::string_view key, std::string_view text) const;

  // In the order of the lines; what is in no line comes last. Complete when everything was read.
  std::vector<ConfigProblem> problems() const;
  std::vector<ConfigProblem> warnings() const;
  // Settings of the file that have no effect (FieldRules::needs). Nothing is wrong with them: a file has
  // them for the day when the other one is changed.
  std::vector<ConfigProblem> notes() const;

  // Throws Errc::bad_config with every problem, one a line, if there are any.
  void check() const;

 private:
  template <class T>
  friend struct detail::SettingsField;
  struct Impl;
  explicit Settings(std::unique_ptr<Impl> impl);

  enum class Kind { scalar, list, group };
  // Hands the text of `key` in environment or file to `assign`, if it is set; an Error that comes back
  // becomes a problem.
  void take(std::string_view prefixes, std::string_view key, Kind kind, const FieldRules& rules,
            const std::function<void(std::string_view)>& assign);
  // What `key` has in the end, for the settings that depend on it: its items, or "true" or "false".
  void remember(std::string_view key, std::vector<std::string> items);
  // `key`, if the file has it, depends on another key behind the same `group`.
  void depend(std::string_view key, std::string_view group, const FieldNeeds& needs);

  std::unique_ptr<Impl> impl_;
};

// Sets one key in a key = value file and changes nothing else: comments, order, mode and owner stay;
// temporary file, fsync, rename; of a link the target is edited. Finds the key with or without one of
// `prefixes`; appends it when it is missing, in the way the file writes its other keys. YAML files are
// edited in the same way, in the included file if the key stands there. Throws Errc::io, and
// Errc::bad_config when the value cannot be written in this place (line breaks, YAML block scalars).
void set_key(const std::string& path, std::string_view prefixes, std::string_view key,
             std::string_view value);

// ---------------------------------------------------------------------------------------------
// How Settings::read walks a struct (values: agent/detail/setting_value.hpp).

namespace detail {

// Given to T::fields(): takes one field after the other out of the settings. A struct within the struct has
// its keys behind "<its key>.".
template <class T>
struct SettingsField {
  Settings& settings;
  T& out;
  std::string_view prefixes;
  std::string group{};  // "" or "log."

  template <class C, class M>
  void operator()(std::string_view name, M C::*member, std::string_view = {}, const FieldRules& rules = {}) {
    const std::string key = group + std::string(name);
    M& value = out.*member;
    if constexpr (HasFields<M> && !OwnSetting<M>) {
      settings.take(prefixes, key, Settings::Kind::group, rules, {});
      SettingsField<M> inner{settings, value, prefixes, key + "."};
      M::fields(inner);
    } else {
      constexpr bool list = json::detail::is_vector<M> && !IsJsonSetting<M>::value && !OwnSetting<M>;
      settings.take(prefixes, key, list ? Settings::Kind::list : Settings::Kind::scalar, rules,
                    [&](std::string_view text) {
                      M parsed{};
                      check_length(text, rules.max_length);
                      parse_value(text, parsed);
                      if constexpr (list) check_has_items(text, parsed.size());
                      check_rules(parsed, rules);
                      value = std::move(parsed);
                    });
      if constexpr (std::is_same_v<M, bool>) settings.remember(key, {value ? "true" : "false"});
      if constexpr (std::is_same_v<M, std::vector<std::string>>) settings.remember(key, value);
      if (!rules.needs.key.empty()) settings.depend(key, group, rules.needs);
    }
  }
};

}  // namespace detail

template <HasFields T>
void Settings::read(T& out, std::string_view prefixes) {
  detail::SettingsField<T> walk{*this, out, prefixes};
  T::fields(walk);
}

}  // namespace agent
