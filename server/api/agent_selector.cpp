#include "api/agent_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/error.hpp"
#include "base/nearest.hpp"

namespace server {
namespace {

using Field = std::string_view SelectableAgent::*;

constexpr std::array<std::pair<std::string_view, Field>, 10> kFields{
    {{"name", &SelectableAgent::id},
     {"id", &SelectableAgent::id},
     {"type", &SelectableAgent::type},
     {"version", &SelectableAgent::version},
     {"os", &SelectableAgent::os},
     {"platform", &SelectableAgent::platform},
     {"arch", &SelectableAgent::arch},
     {"ip", &SelectableAgent::ip},
     {"mac", &SelectableAgent::mac},
     {"binding", &SelectableAgent::binding}}};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_operator(char c) { return c == '=' || c == '!' || c == '<' || c == '>'; }
bool is_word(char c) {
  return !is_blank(c) && !is_operator(c) && c != '(' && c != ')' && c != '\'' && c != '"';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  for (const auto& [name, field] : kFields) names.emplace_back(name);
  return names;
}

// The number that the text begins with, without leading zeros, and takes it and the dot behind it away.
std::string_view take_number(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_digit(text[end])) ++end;
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  if (text.starts_with('.')) text.remove_prefix(1);
  while (number.starts_with('0')) number.remove_prefix(1);
  return number;
}

int sign_of(int difference) { return difference < 0 ? -1 : difference > 0 ? 1 : 0; }

int compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return sign_of(a.compare(b));
}

bool begins_with_digit(std::string_view text) { return !text.empty() && is_digit(text[0]); }

}  // namespace

// SelectorParser: by recursive descent, one function for each rule of the grammar.
class SelectorParser {
 public:
  using Node = AgentSelector::Node;
  using Kind = AgentSelector::Kind;
  using Operator = AgentSelector::Operator;

  explicit SelectorParser(std::string_view text) : text_(text) {}

  Node parse() {
    skip_blanks();
    if (at_ == text_.size()) return {};
    Node root = selector(0);
    if (at_ < text_.size()) fail("want `and`, `or` or the end");
    return root;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { fail_at(at_, why); }
  [[noreturn]] static void fail_at(std::size_t at, const std::string& why) {
    throw agent::Error(agent::Errc::bad_message, fmt::format("character {}: {}", at + 1, why));
  }

  Node selector(int depth) { return list(Kind::any, "or", depth); }

  Node list(Kind kind, std::string_view joint, int depth) {
    Node node;
    node.kind = kind;
    do {
      node.parts.push_back(kind == Kind::any ? list(Kind::all, "and", depth) : factor(depth));
    } while (take_word(joint));
    if (node.parts.size() > 1) return node;
    Node only = std::move(node.parts.front());
    return only;
  }

  Node factor(int depth) {
    if (depth > AgentSelector::kDeepest) fail("too many parentheses and `not` within each other");
    if (take_word("not")) {
      Node node;
      node.kind = Kind::negation;
      node.parts.push_back(factor(depth + 1));
      return node;
    }
    if (!take('(')) return comparison();
    const std::size_t opened = at_ - 1;
    skip_blanks();
    Node node = selector(depth + 1);
    if (!take(')')) fail_at(opened, "this parenthesis is not closed");
    skip_blanks();
    return node;
  }

  Node comparison() {
    Node node;
    node.kind = Kind::comparison;
    node.field = field();
    const std::size_t at = at_;
    node.comparison = operation();
    const bool is_order = node.comparison != Operator::equal && node.comparison != Operator::unequal;
    if (is_order && node.field != &SelectableAgent::version) fail_at(at, "< and > compare versions only");
    skip_blanks();
    value(node);
    skip_blanks();
    return node;
  }

  Field field() {
    const std::size_t begin = at_;
    const std::string_view name = word();
    if (name.empty()) fail("want a comparison such as name=web-*");
    for (const auto& [known, member] : kFields) {
      if (name == known) {
        skip_blanks();
        return member;
      }
    }
    const auto near = agent::nearest(name, field_names());
    fail_at(begin,
            fmt::format("unknown field '{}'{}", name.substr(0, 40),
                        near ? fmt::format(", did you mean '{}'?", *near)
                             : "; known are name, type, version, os, platform, arch, ip, mac, binding"));
  }

  Operator operation() {
    constexpr std::array<std::pair<std::string_view, Operator>, 6> kOperators{{{"!=", Operator::unequal},
                                                                               {"<=", Operator::at_most},
                                                                               {">=", Operator::at_least},
                                                                               {"=", Operator::equal},
                                                                               {"<", Operator::less},
                                                                               {">", Operator::greater}}};
    for (const auto& [text, operation] : kOperators) {
      if (!text_.substr(at_).starts_with(text)) continue;
      at_ += text.size();
      if (at_ < text_.size() && is_operator(text_[at_]))
        fail("want a value; the operators are = != < <= > >=");
      return operation;
    }
    fail("want one of = != < <= > >=");
  }

  void value(Node& node) {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') {
      const std::string_view text = word();
      if (text.empty()) fail("want a value");
      node.value = text;
      node.is_pattern = text.find_first_of("*?") != std::string_view::npos;
      return;
    }
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) fail("this quote is not closed");
    node.value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
  }

  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool take_word(std::string_view expected) {
    const std::size_t begin = at_;
    if (word() != expected) {
      at_ = begin;
      return false;
    }
    skip_blanks();
    return true;
  }

  bool take(char expected) {
    if (at_ == text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

AgentSelector::AgentSelector(std::string_view text) {
  if (text.size() > kLongest)
    throw agent::Error(
        agent::Errc::bad_message,
        fmt::format("{} bytes are too many, at most {} are a selector", text.size(), kLongest));
  root_ = SelectorParser(text).parse();
}

bool AgentSelector::matches(const SelectableAgent& agent) const { return matches(root_, agent); }

bool AgentSelector::matches(const Node& node, const SelectableAgent& agent) {
  const auto holds = [&](const Node& part) { return matches(part, agent); };
  switch (node.kind) {
    case Kind::all: return std::all_of(node.parts.begin(), node.parts.end(), holds);
    case Kind::any: return std::any_of(node.parts.begin(), node.parts.end(), holds);
    case Kind::negation: return !holds(node.parts.front());
    case Kind::comparison: break;
  }
  const std::string_view text = agent.*node.field;
  const bool is_equal = node.is_pattern ? wildcard_match(node.value, text) : node.value == text;
  switch (node.comparison) {
    case Operator::equal: return is_equal;
    case Operator::unequal: return !is_equal;
    case Operator::less: return compare_versions(text, node.value) < 0;
    case Operator::at_most: return compare_versions(text, node.value) <= 0;
    case Operator::greater: return compare_versions(text, node.value) > 0;
    case Operator::at_least: return compare_versions(text, node.value) >= 0;
  }
  return false;
}

int compare_versions(std::string_view a, std::string_view b) {
  if (a.starts_with('v')) a.remove_prefix(1);
  if (b.starts_with('v')) b.remove_prefix(1);
  while (begins_with_digit(a) || begins_with_digit(b)) {
    const std::string_view first = begins_with_digit(a) ? take_number(a) : std::string_view();
    const std::string_view second = begins_with_digit(b) ? take_number(b) : std::string_view();
    if (const int order = compare_numbers(first, second); order != 0) return order;
  }
  if (a.empty() || b.empty()) return a.empty() == b.empty() ? 0 : a.empty() ? 1 : -1;  // 2.1.0-rc1 < 2.1.0
  return sign_of(a.compare(b));
}

bool wildcard_match(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t star = std::string_view::npos;  // the last one, and what it stands for so far
  std::size_t taken = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = i;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace server
