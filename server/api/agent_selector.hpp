// AgentSelector: which agents somebody means: `name=web-* and os=linux and version>=2.1`. Pure.
//
//   selector   = term { "or" term }
//   term       = factor { "and" factor }
//   factor     = "not" factor | "(" selector ")" | comparison
//   comparison = field operator value
//   field      = "name" | "id" | "type" | "version" | "os" | "platform" | "arch" | "ip" | "mac" | "binding"
//   operator   = "=" | "!=" | "<" | "<=" | ">" | ">="      (the last four compare versions)
//   value      = word | "'" any text "'" | '"' any text '"'
//
// `name` and `id` are the same. In a word `*` stands for any text and `?` for one byte; in quotes they stand
// for themselves. Fields, `and`, `or` and `not` are lower case; values are compared byte by byte.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace server {

// What a selector can ask for. Views into what the caller has.
struct SelectableAgent {
  std::string_view id, type, version, os, platform, arch, ip, mac, binding;
};

class AgentSelector {
 public:
  // Longest text; more is no selector that a person or a program would write.
  static constexpr std::size_t kLongest = 4096;
  static constexpr int kDeepest = 32;  // parentheses and `not` within each other

  // An empty text means every agent. Throws Errc::bad_message with the place and what would have been right:
  // "character 9: unknown field 'nmae', did you mean 'name'?".
  explicit AgentSelector(std::string_view text);

  bool matches(const SelectableAgent& agent) const;

 private:
  friend class SelectorParser;
  enum class Kind { all, any, negation, comparison };
  enum class Operator { equal, unequal, less, at_most, greater, at_least };
  struct Node {
    Kind kind = Kind::all;  // of no parts: true
    std::vector<Node> parts;
    std::string_view SelectableAgent::*field = nullptr;
    Operator comparison = Operator::equal;
    std::string value;
    bool is_pattern = false;
  };
  static bool matches(const Node& node, const SelectableAgent& agent);

  Node root_;
};

// Versions by their numbers: 2.10 is more than 2.9, 2.1 is 2.1.0, and 2.1.0-rc1 is less than 2.1.0. Negative,
// 0 or positive as with strcmp.
int compare_versions(std::string_view a, std::string_view b);
// `*` and `?` in the pattern. Takes at most the product of both lengths.
bool wildcard_match(std::string_view pattern, std::string_view text);

}  // namespace server
