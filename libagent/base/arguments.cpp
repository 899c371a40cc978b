#include "agent/arguments.hpp"

#include <algorithm>
#include <utility>

#include "base/credentials.hpp"

namespace agent {
namespace {

constexpr std::string_view kMask = "***";

bool is_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

// The name in "--name=x", "name: x" and "name"; "" when the argument begins otherwise.
std::string_view name_of(std::string_view argument) {
  const auto end = std::find_if_not(argument.begin(), argument.end(), is_in_name);
  const std::string_view name(argument.data(), static_cast<std::size_t>(end - argument.begin()));
  const std::string_view rest = argument.substr(name.size());
  return rest.empty() || rest.front() == '=' || rest.front() == ':' ? name : std::string_view();
}

// Where the value begins in an argument that is an assignment of a secret, or 0.
std::size_t assigned_secret(std::string_view argument) {
  const std::string_view name = name_of(argument);
  if (name.empty() || name.size() == argument.size() || !names_credential(name)) return 0;
  const std::size_t value = argument.find_first_not_of(' ', name.size() + 1);
  return value == std::string_view::npos ? 0 : value;
}

// Whether the argument says that the next one is a secret.
bool announces_secret(std::string_view argument) {
  return argument.starts_with('-') && name_of(argument).size() == argument.size() &&
         names_credential(argument);
}

// Mask: the places of secrets in all arguments, as one text with blanks between them.
class Mask {
 public:
  explicit Mask(const std::vector<std::string>& arguments) {
    for (const std::string& argument : arguments) {
      const std::size_t begin = text_.size();
      text_ += argument;
      words_.push_back({begin, text_.size()});
      text_ += ' ';
    }
    if (!text_.empty()) text_.pop_back();
  }

  void find() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const Span word = words_[i];
      if (i > 0 && announces_secret(shown(words_[i - 1]))) {
        secrets_.push_back(word);
      } else if (const std::size_t value = assigned_secret(shown(word)); value != 0) {
        secrets_.push_back({word.begin + value, word.end});
      }
    }
    find_in_text();
    std::sort(secrets_.begin(), secrets_.end(), [](Span a, Span b) { return a.begin < b.begin; });
  }

  // The arguments without them. Spans may overlap.
  void apply(std::vector<std::string>& arguments) const {
    auto secret = secrets_.begin();
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const Span word = words_[i];
      if (secret == secrets_.end() || secret->begin >= word.end) continue;
      std::string& argument = arguments[i];
      argument.clear();
      std::size_t at = word.begin;
      for (; secret != secrets_.end() && secret->begin < word.end; ++secret) {
        if (secret->end <= at) continue;
        argument.append(text_, at, std::max(secret->begin, at) - at);
        if (secret->begin >= at || !argument.ends_with(kMask)) argument += kMask;
        at = secret->end;
      }
      if (at < word.end) argument.append(text_, at, word.end - at);
    }
  }

  bool is_empty() const { return secrets_.empty(); }

 private:
  std::string_view shown(Span word) const {
    return std::string_view(text_).substr(word.begin, word.end - word.begin);
  }

  std::size_t word_at(std::size_t place) const {
    const auto word = std::upper_bound(words_.begin(), words_.end(), place,
                                       [](std::size_t at, Span candidate) { return at < candidate.begin; });
    return static_cast<std::size_t>(word - words_.begin()) - 1;
  }

  void find_in_text() {
    for (std::size_t at = 0; at < text_.size();) {
      const Span secret = find_credential(text_, at, CredentialNames::in_arguments);
      if (secret.is_empty()) {
        ++at;
      } else {
        const Span whole = within_word(at, secret);
        secrets_.push_back(whole);
        at = std::max(whole.end, at + 1);
      }
    }
  }

  // A secret is at most an argument, and all of it when the argument before or an option's letter told of it.
  Span within_word(std::size_t mark, Span secret) const {
    const std::size_t i = word_at(secret.begin);
    const Span word = words_[i];
    const bool is_whole = word_at(mark) < i || (mark == word.begin && text_[mark] == '-');
    return {secret.begin, is_whole ? word.end : std::min(secret.end, word.end)};
  }

  std::string text_;
  std::vector<Span> words_;
  std::vector<Span> secrets_;
};

}  // namespace

std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    if (end > at || arguments.empty() || !arguments.back().empty())
      arguments.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return arguments;
}

void mask_arguments(std::vector<std::string>& arguments) {
  Mask mask(arguments);
  mask.find();
  if (!mask.is_empty()) mask.apply(arguments);
}

}  // namespace agent
