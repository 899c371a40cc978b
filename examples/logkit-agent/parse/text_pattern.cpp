#include "text_pattern.hpp"

#include <re2/re2.h>

#include <agent/error.hpp>
#include <optional>

#include "direct_match.hpp"

namespace logkit {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

re2::RE2::Options options() {
  re2::RE2::Options out;
  out.set_log_errors(false);
  out.set_max_mem(16 << 20);
  return out;
}

constexpr std::size_t kMaxGroups = 200;

[[noreturn]] void fail(const std::string& expression, const std::string& why) {
  const std::string shown = expression.size() > 200 ? expression.substr(0, 200) + "…" : expression;
  throw agent::Error(agent::Errc::bad_config, "'" + shown + "': " + why);
}

}  // namespace

struct TextPattern::Compiled {
  explicit Compiled(const std::string& expression) : re(expression, options()) {
    if (re.ok()) direct = direct_steps(expression);
  }
  re2::RE2 re;
  std::optional<DirectSteps> direct;
};

TextPattern::TextPattern(const std::string& expression) {
  if (expression.size() > kMaxSize) fail(expression, "an expression of more than 256 KiB");
  compiled_ = std::make_unique<Compiled>(expression);
  if (!compiled_->re.ok()) fail(expression, compiled_->re.error());
  if (compiled_->re.NumberOfCapturingGroups() > static_cast<int>(kMaxGroups))
    fail(expression, "more than 200 groups");
  names_.resize(static_cast<std::size_t>(compiled_->re.NumberOfCapturingGroups()));
  for (const auto& [index, name] : compiled_->re.CapturingGroupNames())
    names_[static_cast<std::size_t>(index - 1)] = name;
}

TextPattern::~TextPattern() = default;
TextPattern::TextPattern(TextPattern&&) noexcept = default;
TextPattern& TextPattern::operator=(TextPattern&&) noexcept = default;

bool TextPattern::finds(std::string_view text) const {
  return compiled_->re.Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

bool TextPattern::finds(std::string_view text, std::vector<std::string_view>& groups) const {
  if (!compiled_->direct || text.data() == nullptr) return finds_by_re2(text, groups);
  const auto answer = [&](std::size_t at) {
    return match_directly(*compiled_->direct, text, at, groups).answer;
  };
  const DirectAnswer first = answer(0);
  if (first == DirectAnswer::found) return true;
  if (first == DirectAnswer::unknown) return finds_by_re2(text, groups);
  if (compiled_->direct->is_anchored) return false;
  // RE2 is fast at whether there is a match, and where; its groups are what takes time.
  re2::StringPiece match;
  if (!compiled_->re.Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, &match, 1)) return false;
  const auto at = static_cast<std::size_t>(match.data() - text.data());
  return answer(at) == DirectAnswer::found || finds_by_re2(text, groups);
}

bool TextPattern::finds_by_re2(std::string_view text, std::vector<std::string_view>& groups) const {
  std::vector<re2::StringPiece> found(names_.size() + 1);
  // A match at the beginning is the leftmost one, and found without looking for where it begins.
  const auto match = [&](re2::RE2::Anchor anchor) {
    return compiled_->re.Match(piece(text), 0, text.size(), anchor, found.data(),
                               static_cast<int>(found.size()));
  };
  if (!match(re2::RE2::ANCHOR_START) && !match(re2::RE2::UNANCHORED)) return false;
  groups.clear();
  for (std::size_t i = 1; i <= names_.size(); ++i)
    groups.push_back(found[i].data() == nullptr ? std::string_view()
                                                : std::string_view(found[i].data(), found[i].size()));
  return true;
}

bool TextPattern::is_direct() const { return compiled_->direct.has_value(); }

std::string TextPattern::replace(std::string_view text, std::string_view with) const {
  std::string out(text);
  re2::RE2::GlobalReplace(&out, compiled_->re, piece(with));
  return out;
}

}  // namespace logkit
