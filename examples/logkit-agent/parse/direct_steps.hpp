// DirectSteps: an expression as steps for match_directly() (direct_match.hpp).
//
// Each step says what must be in the text and which step is next. Where the text can go on in several ways, a
// step knows the bytes with which each of them may begin: most ways are never tried. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression_tree.hpp"

namespace logkit {

struct DirectStep {
  enum class Kind : std::uint8_t { match, text, set, run, lazy_run, choice, save, begin, end, boundary };

  Kind kind = Kind::match;
  Others others = Others::none;  // set, run, lazy_run
  bool is_sure = false;          // run: what follows cannot begin within it
  bool follows_end = false;      // lazy_run: what follows may match at the end of the text
  bool is_wanted = true;         // boundary: false for \B
  std::uint8_t count = 0;        // choice: ways, at most kMaxWays
  std::uint8_t shift = 0;        // choice: the bit of its first way
  std::uint32_t next = 0;
  std::uint32_t word = 0;    // set, run, lazy_run, choice: the row of sets
  std::uint32_t least = 0;   // run, lazy_run
  std::uint32_t most = 0;    // run, lazy_run
  std::uint32_t from = 0;    // text: its place in `texts`; choice: in `ways`; save: the slot
  std::uint32_t size = 0;    // text
  std::uint32_t at_end = 0;  // choice: a bit for each way that may match at the end of the text
  std::uint64_t mask = 0;    // set, run, lazy_run: the bit of the set
  std::uint64_t follow = 0;  // run, lazy_run: the bit of the bytes that what follows may begin with
};

struct DirectSteps {
  static constexpr std::size_t kMaxGroups = 64;
  static constexpr std::size_t kMaxWays = 32;

  // 64 sets of bytes, a bit for each of them by the byte.
  using Sets = std::array<std::uint64_t, 256>;

  std::vector<DirectStep> steps;
  std::uint32_t start = 0;
  std::vector<Sets> sets;
  std::vector<std::uint32_t> ways;  // steps
  std::string texts;
  std::uint32_t groups = 0;
  bool is_anchored = false;  // it matches at the beginning of a text or not at all
};

// Nothing: the expression is none of those that read_expression() knows, has more than 64 groups, or needs
// more than 2000 steps.
std::optional<DirectSteps> direct_steps(std::string_view expression);

}  // namespace logkit
