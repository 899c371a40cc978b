#include "text_pattern.hpp"

#include <re2/re2.h>

#include <agent/error.hpp>
#include <array>

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
  explicit Compiled(const std::string& expression) : re(expression, options()) {}
  re2::RE2 re;
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
  // On the stack: this is called for every line.
  std::array<re2::StringPiece, kMaxGroups + 1> found;
  const int count = static_cast<int>(names_.size() + 1);
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

std::string TextPattern::replace(std::string_view text, std::string_view with) const {
  std::string out(text);
  re2::RE2::GlobalReplace(&out, compiled_->re, piece(with));
  return out;
}

}  // namespace logkit
