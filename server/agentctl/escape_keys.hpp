// EscapeKeys: what a person says to agentctl itself while everything else that is typed goes to the machine:
// `~.`, `~t` and `~?` at the beginning of a line; `~~` is one ~. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentctl {

enum class KeyOrder { leave, take_over, help };

struct Keys {
  std::string bytes;                // for the machine
  std::optional<KeyOrder> order{};  // comes behind them; what was typed after it is in `rest`
  std::string_view rest{};
};

class EscapeKeys {
 public:
  // nullopt: nothing is an order.
  explicit EscapeKeys(std::optional<char> key) : key_(key) {}

  // Up to the first order. An escape key at the end waits for the next byte.
  Keys feed(std::string_view typed);

 private:
  std::optional<char> key_;
  bool at_line_start_ = true;
  bool has_key_ = false;  // it was typed at a line's start
};

}  // namespace agentctl
