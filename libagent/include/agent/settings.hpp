// Settings: values from a file, the environment and the defaults in the code.
//
//   struct Rules {
//     std::chrono::seconds period{30};
//     std::vector<std::string> paths;
//     static void fields(auto& field) {
//       field("period", &Rules::period, "time between two looks", agent::FieldRules{.min = "1s"});
//       field("paths", &Rules::paths, "what to look at", agent::required);
//     }
//   };
//   agent.config(rules);                                    // in an agent; or by hand:
//   agent::Settings settings = agent::Settings::load("agent.conf");
//   settings.read(rules);
//   settings.check();
//
// A settings struct lists its fields (agent/fields.hpp); its default member values are the defaults.
//
// C++ type                    in the file
// bool                        true or false
// integers, double            a number
// std::string                 the text behind the "="
// Bytes                       "10M", "1.5Gi", "512"
// std::chrono durations       "1h30m", "500ms"; "1500ms" is a problem for seconds, which cannot hold it
// std::vector<T>              comma-separated, items trimmed; "," alone is a problem, not an empty list
// std::vector of a struct     a JSON array on one line; durations in it are nanoseconds, written as a number
// std::optional<T>            T; without a value when the key is missing
// a struct with fields()      keys joined by dots: log.size
//
// A type of your own takes part by `void parse_setting(std::string_view text, T& out)` beside it.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/error.hpp"
#include "agent/fields.hpp"
#include "agent/json_value.hpp"

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
  // `*.yaml` and `*.yml` are YAML, in which `#include <file>` stands for that file. Everything else is lines
  // of `key = value`, at most 1 MiB each, in which `#` begins a comment and `\#` stands for itself. Throws
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

}  // namespace agent

#include "agent/detail/settings_reader.hpp"
