// LinePrefix: the output of one of several machines, as lines that say whose they are. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentctl {

class LinePrefix {
 public:
  // A line that is longer than this is shown in several.
  static constexpr std::size_t kLongestLine = 64 * 1024;

  // `prefix` stands in front of every line, as it is.
  explicit LinePrefix(std::string prefix) : prefix_(std::move(prefix)) {}

  // The whole lines that the bytes complete, made harmless (safe_text.hpp); a carriage return in front of a
  // line end is a part of that.
  std::string feed(std::string_view bytes);
  // What was begun, as a line; "" for nothing.
  std::string finish();

 private:
  std::string line_of(std::string_view line) const;

  std::string prefix_;
  std::string begun_;
};

}  // namespace agentctl
