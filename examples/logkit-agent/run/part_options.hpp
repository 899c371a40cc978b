// PartOptions: what a runner's configuration says about its reader, its parser, a transform or a sender.
//
// The original writes all values as strings; numbers and booleans are taken, too. A part asks for the options
// that it has; the others are found by unknown() and become warnings. Not thread-safe.
#pragma once

#include <agent/json_value.hpp>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace logkit {

class PartOptions {
 public:
  PartOptions() = default;
  // `where` stands in front of every error: "senders[0]". Throws Errc::bad_config when `value` is no object.
  PartOptions(agent::json::Value value, std::string where);

  // Throw Errc::bad_config for what cannot be understood: "reader: max_line_len: 'x' is no number".
  std::string text(std::string_view name, std::string_view otherwise = {}) const;
  // It is there, if only as an empty text.
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // A text that must be there.
  std::string required(std::string_view name) const;
  bool flag(std::string_view name, bool otherwise) const;
  std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                       std::uint64_t most) const;
  // "30s", "3m", "24h"; a number without a unit is seconds.
  std::chrono::nanoseconds duration(std::string_view name, std::chrono::nanoseconds otherwise) const;
  // Parts between commas, trimmed, without empty ones.
  std::vector<std::string> list(std::string_view name, std::string_view otherwise = {}) const;
  // One of the words, which the error lists.
  std::string one_of(std::string_view name, std::string_view otherwise,
                     std::initializer_list<std::string_view> words) const;

  // Options that the original has and this program has not: given another value than "" and `harmless`, they
  // throw Errc::bad_config, because the runner would do something else than was asked for.
  void refuse(std::string_view name, std::string_view harmless = {}) const;
  // Options that change nothing here.
  void ignore(std::initializer_list<std::string_view> names) const;

  // Names that nobody asked for.
  std::vector<std::string> unknown() const;
  const std::string& where() const { return where_; }
  bool empty() const { return values_.empty(); }
  // Throws Errc::bad_config: "<where>: <text>".
  [[noreturn]] void fail(std::string_view text) const;

 private:
  struct Entry {
    std::string text;
    mutable bool is_used = false;
  };
  const Entry* find(std::string_view name) const;

  std::string where_;
  std::map<std::string, Entry, std::less<>> values_;
};

// "'x' is unknown; known are a, b".
std::string unknown_word(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace logkit
