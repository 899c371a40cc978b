#include "base/credentials.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace agent {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kWordEnds = " \t\r\n\"'";
// What ends the value of a name=value outside of options, in a sentence, a query or an object.
constexpr std::string_view kSeparators = " \t\r\n,;&\"')}]";
// How far is looked back, for where a word and a command begin: their text may be anybody's.
constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kLongestCommand = 512;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_lower(c) || is_upper(c); }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_word(std::string_view text, std::size_t at, std::string_view word) {
  if (at >= text.size() || lower(text[at]) != word.front()) return false;  // nearly always
  const std::string_view here = text.substr(std::min(at, text.size()), word.size());
  return std::equal(word.begin(), word.end(), here.begin(), here.end(),
                    [](char a, char b) { return a == lower(b); });
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kBlanks, at), text.size());
}

bool is_blank(std::string_view text, std::size_t at) {
  return at < text.size() && kBlanks.find(text[at]) != std::string_view::npos;
}

bool is_quote(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == '"' || text[at] == '\'');
}

bool begins_word(std::string_view text, std::size_t at) {
  return at == 0 || kWordEnds.find(text[at - 1]) != std::string_view::npos;
}

// The word that `at` stands in, up to there.
std::string_view word_before(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (at - begin < kLongestWord && !begins_word(text, begin)) --begin;
  return text.substr(begin, at - begin);
}

// The value that begins at `from`: quoted, or up to a separator.
Span value_span(std::string_view text, std::size_t from, std::string_view separators) {
  if (!is_quote(text, from)) return {from, std::min(text.find_first_of(separators, from), text.size())};
  std::size_t end = from + 1;
  while (end < text.size() && text[end] != text[from]) end += text[end] == '\\' ? 2 : 1;
  return {from + 1, std::min(end, text.size())};
}

// ------------------------------------------------------------------------------------------- headers

Span after_bearer(std::string_view text, std::size_t at) {
  constexpr std::string_view kWord = "bearer ";
  if (!has_word(text, at, kWord)) return {};
  return value_span(text, skip_blanks(text, at + kWord.size()), " \t\r\n\"',;");
}

// Authorization: <scheme> <value>
Span after_authorization(std::string_view text, std::size_t at) {
  constexpr std::string_view kWord = "authorization:";
  if (!has_word(text, at, kWord)) return {};
  const std::size_t scheme = skip_blanks(text, at + kWord.size());
  const std::size_t value = skip_blanks(text, value_span(text, scheme, kWordEnds).end);
  return is_quote(text, value) ? Span{} : value_span(text, value, kWordEnds);
}

// --------------------------------------------------------------------------------------------- names

struct Name {
  std::string_view word;
  bool is_whole = false;  // not as the end of another word
};

constexpr std::array<Name, 11> kNames{{{"password"},
                                       {"passwd"},
                                       {"passphrase"},
                                       {"pass", true},
                                       {"token"},
                                       {"secret"},
                                       {"api_key"},
                                       {"api-key"},
                                       {"apikey"},
                                       {"access_key"},
                                       {"access-key"}}};
constexpr std::array<Name, 8> kNamesInArguments{{{"pwd"},
                                                 {"credential"},
                                                 {"credentials"},
                                                 {"key", true},
                                                 {"accesskey"},
                                                 {"secretkey"},
                                                 {"privatekey"},
                                                 {"authkey"}}};

// "DB_PASS", "dbPass", but not "compass".
bool begins_name(std::string_view text, std::size_t at) {
  return at == 0 || !is_letter(text[at - 1]) || (is_lower(text[at - 1]) && is_upper(text[at]));
}

// For each first letter of a name the second ones, a bit each. Most words end here.
constexpr auto kSecondLetters = [] {
  std::array<std::uint32_t, 26> seconds{};
  const auto note = [&seconds](const Name& name) {
    seconds[name.word[0] - 'a'] |= 1U << (name.word[1] - 'a');
  };
  for (const Name& name : kNames) note(name);
  for (const Name& name : kNamesInArguments) note(name);
  return seconds;
}();

bool may_be_name(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size() || !is_letter(text[at]) || !is_letter(text[at + 1])) return false;
  const std::uint32_t seconds = kSecondLetters[static_cast<std::size_t>(lower(text[at]) - 'a')];
  return (seconds >> (lower(text[at + 1]) - 'a') & 1) != 0;
}

bool is_option(std::string_view word) { return word.starts_with('-'); }

// Options that say that there is no value.
bool is_negated(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  return word.starts_with("no-") || word.starts_with("without-") || word.starts_with("disabled-");
}

bool ends_command(std::string_view text, std::size_t at) {
  return at >= text.size() || std::string_view("|;&<>)").find(text[at]) != std::string_view::npos;
}

// --name value
Span option_value(std::string_view text, std::size_t from) {
  if (ends_command(text, from) || text[from] == '-') return {};  // '-': another option
  return value_span(text, from, kWordEnds);
}

Span value_of_name(std::string_view text, std::size_t name, std::size_t end) {
  const bool quoted = is_quote(text, end);
  if (quoted) ++end;
  const std::size_t mark = skip_blanks(text, end);
  if (mark >= text.size()) return {};
  const std::string_view word = word_before(text, name);
  const std::size_t next = skip_blanks(text, mark + 1);
  if (text[mark] == '=' || (quoted && text[mark] == ':'))
    return value_span(text, next, is_option(word) ? kWordEnds : kSeparators);
  if (text[mark] == ':') return has_word(word, 0, "x-") ? value_span(text, next, "\r\n\"'") : Span{};
  if (mark > end && is_option(word) && !is_negated(word)) return option_value(text, mark);
  return {};
}

Span after_name(std::string_view text, std::size_t at, std::span<const Name> names) {
  for (const Name& name : names) {
    if (!has_word(text, at, name.word) || (name.is_whole && !begins_name(text, at))) continue;
    const Span value = value_of_name(text, at, at + name.word.size());
    if (!value.is_empty()) return value;
  }
  return {};
}

Span after_name(std::string_view text, std::size_t at, CredentialNames names) {
  if (!may_be_name(text, at)) return {};
  const Span value = after_name(text, at, kNames);
  const bool is_all = names == CredentialNames::in_logs || !value.is_empty();
  return is_all ? value : after_name(text, at, kNamesInArguments);
}

bool ends_in(std::string_view text, std::span<const Name> names) {
  return std::any_of(names.begin(), names.end(), [text](const Name& name) {
    if (text.size() < name.word.size()) return false;
    const std::size_t at = text.size() - name.word.size();
    return has_word(text, at, name.word) && (!name.is_whole || begins_name(text, at));
  });
}

// ----------------------------------------------------------------------------------------- addresses

// ://user:password@
Span in_address(std::string_view text, std::size_t at) {
  if (!has_word(text, at, "://")) return {};
  const std::size_t end = std::min(text.find_first_of("/?# \t\r\n\"'", at + 3), text.size());
  const std::string_view authority = text.substr(at, end - at);
  const std::size_t host = authority.rfind('@');
  const std::size_t colon = authority.find(':', 3);
  return host != std::string_view::npos && colon < host ? Span{at + colon + 1, at + host} : Span{};
}

// ------------------------------------------------------------------------------------- short options

bool are_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

bool is_user_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("._-@\\").find(c) != std::string_view::npos;
  });
}

// user:password
Span after_user(std::string_view text, std::size_t from) {
  const Span both = value_span(text, from, kWordEnds);
  const std::size_t colon = text.substr(0, both.end).find(':', both.begin);
  if (colon == std::string_view::npos) return {};
  const std::string_view user = text.substr(both.begin, colon - both.begin);
  const std::string_view password = text.substr(colon + 1, both.end - colon - 1);
  if (!is_user_name(user) || password.starts_with("//")) return {};
  if (are_digits(user) && are_digits(password)) return {};
  return {colon + 1, both.end};
}

// -u user:password, -uuser:password, --user=user:password
Span after_user_option(std::string_view text, std::size_t at) {
  for (const std::string_view option : {"--user", "--proxy-user"}) {
    const std::size_t end = at + option.size();
    if (!has_word(text, at, option) || end >= text.size()) continue;
    if (is_blank(text, end) || text[end] == '=') return after_user(text, skip_blanks(text, end + 1));
  }
  return text.substr(at).starts_with("-u") ? after_user(text, skip_blanks(text, at + 2)) : Span{};
}

// The command that `at` stands in, up to there.
std::string_view command_before(std::string_view text, std::size_t at) {
  const std::size_t first = at - std::min(at, kLongestCommand);
  const std::string_view command = text.substr(first, at - first);
  return command.substr(command.find_last_of(";|&\n") + 1);  // npos + 1 is 0
}

// Its name begins with `program`: a path is one only below a bin directory.
bool calls(std::string_view command, std::string_view program) {
  for (std::size_t at = command.find(program); at != std::string_view::npos;
       at = command.find(program, at + 1)) {
    if (begins_word(command, at) || command.substr(0, at).ends_with("bin/")) return true;
  }
  return false;
}

bool ends_with_word(std::string_view text, std::string_view word) {
  return text.substr(0, text.find_last_not_of(kBlanks) + 1).ends_with(word);
}

// mysql -ppassword, whose "-p word" names a database; sshpass -p password
Span after_password_option(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("-p")) return {};
  const std::string_view command = command_before(text, at);
  const std::size_t from = at + 2;
  if (ends_with_word(command, "sshpass")) return option_value(text, skip_blanks(text, from));
  if (!calls(command, "mysql") && !calls(command, "mariadb")) return {};
  if (is_blank(text, from) || ends_command(text, from)) return {};
  return value_span(text, from, kWordEnds);
}

Span after_option(std::string_view text, std::size_t at) {
  if (!begins_word(text, at)) return {};
  const Span password = after_user_option(text, at);
  return password.is_empty() ? after_password_option(text, at) : password;
}

}  // namespace

Span find_credential(std::string_view text, std::size_t at, CredentialNames names) {
  switch (lower(text[at])) {
    case 'a': {
      const Span value = after_authorization(text, at);
      return value.is_empty() ? after_name(text, at, names) : value;
    }
    case 'b': return after_bearer(text, at);
    case 'c':
    case 'k':
    case 'p':
    case 's':
    case 't': return after_name(text, at, names);
    case ':': return in_address(text, at);
    case '-': return after_option(text, at);
    default: return {};
  }
}

bool names_credential(std::string_view name) {
  if (is_negated(name)) return false;
  name = name.substr(0, name.find_last_not_of("0123456789") + 1);  // npos + 1 is 0
  if (name.ends_with('s')) return names_credential(name.substr(0, name.size() - 1)) || ends_in(name, kNames);
  return ends_in(name, kNames) || ends_in(name, kNamesInArguments);
}

}  // namespace agent
