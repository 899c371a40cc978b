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
#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/fields.hpp"
#include "agent/json.hpp"

namespace agent {

// Bytes: "10M" = 10,000,000, "10Mi" or "10MiB" = 10,485,760, "1.5G", "512", "1,024 KB".
struct Bytes {
  std::uint64_t value = 0;
  auto operator<=>(const Bytes&) const = default;
};
Bytes parse_bytes(std::string_view text);  // throws bad_config
std::string to_string(Bytes bytes);        // "9.5 MiB", as originals print it
// "1h30m", "500ms", "-2s", "0"; units ns us µs ms s m h; throws bad_config, also beyond 292 years.
std::chrono::nanoseconds parse_duration(std::string_view text);
std::string format_duration(std::chrono::nanoseconds duration);  // "1m0s", as Go prints it
void read_json(json::Value value, Bytes& out);                   // a number or a text such as "10M"
void write_json(json::Writer& out, const Bytes& value);

// What every agent can be told. Sources: seed 004 section 2; reference agent behaviour, section 3.
// In files the keys stand with or without the prefix "basic." (originals write it).
struct LogConfig {
  std::vector<std::string> target{"stdout"};
  std::string dir = "logs";
  Bytes size{10'000'000};
  std::uint32_t rotate = 7;
  std::string rotation = "size";
  std::string format = "text";
  std::string level = "info";

  static void fields(auto& field) {
    field("target", &LogConfig::target, "where lines go", FieldRules{.one_of = "stdout,file"});
    field("dir", &LogConfig::dir, "directory of the log files; relative to the program's directory");
    field("size", &LogConfig::size, "size at which a file is rotated", FieldRules{.min = "1K"});
    field("rotate", &LogConfig::rotate, "rotated files to keep", FieldRules{.min = "1", .max = "10000"});
    field("rotation", &LogConfig::rotation, "rotate by size or by date", FieldRules{.one_of = "size,date"});
    field("format", &LogConfig::format, "text or JSON lines", FieldRules{.one_of = "text,json"});
    field("level", &LogConfig::level, "least level that is written",
          FieldRules{.one_of = "debug,info,warn,error"});
  }
};

struct MonitorConfig {
  bool enabled = false;
  std::chrono::nanoseconds interval = std::chrono::seconds(5);

  static void fields(auto& field) {
    field("enabled", &MonitorConfig::enabled, "report on the agent itself");
    field("interval", &MonitorConfig::interval, "time between two reports; 0 or less means 5s",
          FieldRules{.max = "24h"});
  }
};

struct DiskLimit {
  std::string dev;
  Bytes read_bytes;
  Bytes write_bytes;
  std::uint64_t read_iops = 0;
  std::uint64_t write_iops = 0;

  static void fields(auto& field) {
    field("dev", &DiskLimit::dev, "device as major:minor");
    field("read_bytes", &DiskLimit::read_bytes, "bytes read per second", omit_empty);
    field("write_bytes", &DiskLimit::write_bytes, "bytes written per second", omit_empty);
    field("read_iops", &DiskLimit::read_iops, "reads per second", omit_empty);
    field("write_iops", &DiskLimit::write_iops, "writes per second", omit_empty);
  }
};

struct LimitConfig {
  std::uint32_t cpu_quota = 0;
  Bytes memory_limit;
  std::vector<DiskLimit> disk_limit;

  static void fields(auto& field) {
    field("cpu_quota", &LimitConfig::cpu_quota, "CPU percent, 100 = one core, 0 = no limit");
    field("memory_limit", &LimitConfig::memory_limit, "memory, 0 = no limit");
    field("disk_limit", &LimitConfig::disk_limit, "per device, as JSON");
  }
};

struct TlsConfig {
  std::string ca;
  std::string cert;
  std::string key;

  static void fields(auto& field) {
    field("ca", &TlsConfig::ca,
          "PEM file with the authorities a server's certificate is checked against; "
          "empty: the system's");
    field("cert", &TlsConfig::cert, "PEM file with this agent's certificate chain");
    field("key", &TlsConfig::key, "PEM file with its private key");
  }
};

struct Config {
  std::string id;
  std::vector<std::string> server;
  std::string token;
  TlsConfig tls;
  LogConfig log;
  MonitorConfig monitor;
  LimitConfig limit;
  Bytes max_message{16 * 1024 * 1024};
  Bytes send_queue{8 * 1024 * 1024};

  static void fields(auto& field) {
    field("id", &Config::id,
          "agent id, $HOSTNAME, $IP or $NAME of an environment variable; empty: the "
          "server assigns one, which is written into this file");
    field("server", &Config::server,
          "servers as host:port, ws://host:port or wss://host:port, tried in order; "
          "$NAME: an environment variable",
          required);
    field("token", &Config::token, "enrollment token the server asks for", FieldRules{.secret = true});
    field("tls", &Config::tls);
    field("log", &Config::log);
    field("monitor", &Config::monitor);
    field("limit", &Config::limit);
    field("max_message", &Config::max_message, "largest message that is accepted, after decompression",
          FieldRules{.min = "16Ki", .max = "1Gi"});
    field("send_queue", &Config::send_queue, "bytes that may wait to be sent",
          FieldRules{.min = "64Ki", .max = "1Gi"});
  }
};

// One thing that is wrong in a file, or odd (warnings).
struct ConfigProblem {
  std::string file;
  int line = 0;  // 0: not in a file (environment, missing key)
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
  // `*.yaml` and `*.yml` are YAML with `#include` (reference agent behaviour, section 6), everything else is
  // the key = value format (section 4; `\#` is a literal '#', lines are at most 1 MiB). Throws
  // Errc::bad_config when the file cannot be read; faults inside the file become problems().
  static Settings load(const std::string& path);
  // For tests and for running without a file. The format follows from the name as above.
  static Settings parse(std::string_view text, const std::string& name = "(text)");

  ~Settings();
  Settings(Settings&&) noexcept;
  Settings& operator=(Settings&&) noexcept;

  // Fills `out` from the file, then from the environment: LIBAGENT_<KEY>, the key in upper case, dots as
  // underscores (LIBAGENT_LOG_SIZE); a variable that is empty counts as not set. Keys that do not parse or
  // break a rule become problems and leave the default. Of a key that is repeated the last line counts, lists
  // of a repeated key are joined. `prefixes`, comma-separated ("basic.,base."), may stand before each key or
  // be missing. Values of secret fields are hidden from the log from then on (log::hide).
  template <HasFields T>
  void read(T& out, std::string_view prefixes = {});

  // Marks a key as known but not served, with the reason that is warned with. "metrics." means every key
  // that begins so.
  void ignore(std::string_view key, std::string_view reason);

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
// How Settings::read walks a struct.

namespace detail {

bool parse_bool(std::string_view text);
std::int64_t parse_integer(std::string_view text, std::int64_t min, std::int64_t max);
std::uint64_t parse_unsigned(std::string_view text, std::uint64_t max);
double parse_double(std::string_view text);
std::vector<std::string> split_list(std::string_view text);  // trimmed; empty items are left out
void check_one_of(std::string_view value, std::string_view accepted);
void check_has_items(std::string_view text, std::size_t items);
[[noreturn]] void throw_out_of_range(std::string_view rule, std::string_view bound);
[[noreturn]] void throw_no_multiple(std::string_view text, std::chrono::nanoseconds unit);
[[noreturn]] void throw_too_long(std::string_view text);

template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {
  static_assert(std::ratio_greater_equal_v<Period, std::nano>, "settings know nothing below a nanosecond");
};

// Exactly what the text says, or else an Error.
template <class Rep, class Period>
void parse_duration_as(std::string_view text, std::chrono::duration<Rep, Period>& out) {
  using std::chrono::nanoseconds;
  const nanoseconds exact = parse_duration(text);
  if constexpr (std::floating_point<Rep>) {
    out = exact;
  } else {
    constexpr nanoseconds unit = std::chrono::duration<std::int64_t, Period>(1);
    const std::int64_t ticks = exact / unit;
    if (exact % unit != nanoseconds(0)) throw_no_multiple(text, unit);
    if (!std::in_range<Rep>(ticks)) throw_too_long(text);
    out = std::chrono::duration<Rep, Period>(static_cast<Rep>(ticks));
  }
}

template <class T>
concept OwnSetting = requires(std::string_view text, T& out) {
  parse_setting(text, out);
};

template <class T>
struct IsJsonSetting : std::bool_constant<HasFields<T> || json::detail::is_map<T>> {};
template <class T>
struct IsJsonSetting<std::vector<T>> : IsJsonSetting<T> {};

template <class T>
void parse_value(std::string_view text, T& out) {
  if constexpr (OwnSetting<T>) {
    parse_setting(text, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out = parse_bool(text);
  } else if constexpr (std::signed_integral<T>) {
    out = static_cast<T>(parse_integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::unsigned_integral<T>) {
    out = static_cast<T>(parse_unsigned(text, std::numeric_limits<T>::max()));
  } else if constexpr (std::floating_point<T>) {
    out = static_cast<T>(parse_double(text));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = text;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    out = parse_bytes(text);
  } else if constexpr (IsDuration<T>::value) {
    parse_duration_as(text, out);
  } else if constexpr (json::detail::is_optional<T>) {
    parse_value(text, out.emplace());
  } else if constexpr (IsJsonSetting<T>::value) {
    out = json::decode<T>(std::string(text));
  } else if constexpr (json::detail::is_vector<T>) {
    out.clear();
    for (const std::string& item : split_list(text)) parse_value(item, out.emplace_back());
  } else {
    static_assert(!sizeof(T), "this type needs parse_setting(std::string_view, T&) beside it");
  }
}

template <class T>
void check_bounds(const T& value, const FieldRules& rules) {
  if constexpr (requires { value < value; } && !json::detail::is_vector<T> && !json::detail::is_optional<T>) {
    T bound{};
    if (!rules.min.empty()) {
      parse_value(rules.min, bound);
      if (value < bound) throw_out_of_range("at least", rules.min);
    }
    if (!rules.max.empty()) {
      parse_value(rules.max, bound);
      if (bound < value) throw_out_of_range("at most", rules.max);
    }
  }
}

template <class T>
void check_rules(const T& value, const FieldRules& rules) {
  if constexpr (json::detail::is_optional<T>) {
    check_rules(*value, rules);
  } else if constexpr (json::detail::is_vector<T>) {
    for (const auto& item : value) check_rules(item, rules);
  } else {
    if constexpr (std::is_same_v<T, std::string>) check_one_of(value, rules.one_of);
    check_bounds(value, rules);
  }
}

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
                      parse_value(text, parsed);
                      if constexpr (list) check_has_items(text, parsed.size());
                      check_rules(parsed, rules);
                      value = std::move(parsed);
                    });
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
