// TextPattern: a regular expression whose time grows with the text, and with nothing else. There is no
// look-around and there are no references to groups. Thread-safe once made.
//
// RE2 says what an expression is and means. Groups of common expressions are found without it, with the same
// results: docs/decisions/direct-patterns.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace logkit {

class TextPattern {
 public:
  // Bytes of an expression. What is compiled has a limit, too.
  static constexpr std::size_t kMaxSize = 256 * 1024;

  // The syntax of RE2; groups may be named, (?P<name>…). Throws Errc::bad_config: "'(?=a)': invalid perl
  // operator: (?=".
  explicit TextPattern(const std::string& expression);
  ~TextPattern();
  TextPattern(TextPattern&&) noexcept;
  TextPattern& operator=(TextPattern&&) noexcept;

  // Somewhere in the text.
  bool finds(std::string_view text) const;
  // The same, with what its groups found in `groups`, in the order of their '('; a group that took no part
  // has no data().
  bool finds(std::string_view text, std::vector<std::string_view>& groups) const;
  // The same by RE2 alone: slower, and what finds() is compared with.
  bool finds_by_re2(std::string_view text, std::vector<std::string_view>& groups) const;
  // Groups are found without RE2, wherever the text allows it.
  bool is_direct() const;
  // All that it finds, replaced; `\1` in `with` is the first group.
  std::string replace(std::string_view text, std::string_view with) const;

  // By the order of their '('; "": it has no name.
  const std::vector<std::string>& group_names() const { return names_; }

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  std::vector<std::string> names_;
};

}  // namespace logkit
