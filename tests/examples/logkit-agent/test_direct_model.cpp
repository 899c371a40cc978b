// The direct matcher beside RE2: random expressions on random texts, and what grok is used for.
#include <agent/error.hpp>
#include <cstdlib>
#include <map>
#include <random>

#include "examples/logkit-agent/parse/grok_library.hpp"
#include "pattern_pair.hpp"

using namespace logkit;

namespace {

class RandomPattern {
 public:
  explicit RandomPattern(unsigned seed) : random_(seed) {}

  std::string expression() { return (one_in(8) ? "^" : "") + choice(0) + (one_in(6) ? "$" : ""); }

  std::string text() {
    std::string out;
    for (std::size_t left = below(24); left > 0; --left)
      out += one_of(one_in(4) ? kAllCharacters : kCharacters);
    return out;
  }

 private:
  using Words = std::vector<std::string>;
  inline static const Words kCharacters{"a", "b", "a", "b", "c", " ", "1", "/"};
  inline static const Words kAllCharacters{"A",
                                           "K",
                                           "k",
                                           "s",
                                           "\n",
                                           ".",
                                           "_",
                                           "é",
                                           "日",
                                           "\u212A",
                                           "\u017F",
                                           "\xff",
                                           "\x80",
                                           "\xed\xa0\x80",
                                           "\xf0\x9f\x98\x80",
                                           "\xe6\x97"};
  inline static const Words kAtoms{"a",   "b",      "c",     "ab",   "abc",   " ",       "1",
                                   "/",   ".",      "\\w",   "\\W",  "\\s",   "\\S",     "\\d",
                                   "\\D", "[ab]",   "[^ab]", "[^a]", "[a-c]", "[^/\\s]", "[\\w.-]",
                                   "é",   "[^\\w]", "k",     "\\.",  "[^ ]",  "日"};
  inline static const Words kPlaces{"^", "$", "\\b", "\\B", "\\A", "\\z"};
  inline static const Words kCounts{"*",     "+",     "?",    "*?",     "+?",     "??",   "{2}",
                                    "{1,2}", "{0,3}", "{2,}", "{1,3}?", "{0,2}?", "{1,}?"};
  inline static const Words kOpens{"(", "(", "(?:", "(?:", "(?:", "(?i:", "(?s:", "(?P<n>"};

  std::size_t below(std::size_t limit) { return random_() % limit; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  const std::string& one_of(const Words& words) { return words[below(words.size())]; }

  std::string choice(int depth) {
    std::string out = sequence(depth);
    while (one_in(depth == 0 ? 4 : 2)) out += '|' + (one_in(12) ? "" : sequence(depth));
    return out;
  }

  std::string sequence(int depth) {
    std::string out;
    for (std::size_t left = 1 + below(4); left > 0; --left) out += item(depth);
    return out;
  }

  std::string item(int depth) {
    if (one_in(20)) return one_of(kPlaces);
    std::string out;
    if (depth < 4 && one_in(3)) {
      std::string open = one_of(kOpens);
      if (open == "(?P<n>") open = "(?P<n" + std::to_string(++names_) + ">";
      out = open + choice(depth + 1) + ')';
    } else {
      out = one_of(kAtoms);
    }
    return one_in(3) ? out + one_of(kCounts) : out;
  }

  std::mt19937 random_;
  int names_ = 0;
};

// How often the direct matcher has said what.
using Answers = std::map<std::string, int>;

void compare(const std::string& expression, const std::vector<std::string>& texts, Answers& answers) {
  std::optional<TextPattern> pattern;
  try {
    pattern.emplace(expression);
  } catch (const agent::Error&) {
    ++answers["refused"];
    return;
  }
  const auto steps = direct_steps(expression);
  ++answers[steps ? "known" : "left"];
  if (!steps) return;
  const TextPattern anchored(test::at_begin(expression));
  for (const std::string& text : texts) {
    INFO(expression << " in '" << text << "'");
    const std::string expected = test::found_by_re2(*pattern, text);
    const std::string directly = test::found_directly(*steps, text);
    ++answers[directly.substr(0, 5)];
    if (test::found_by(*pattern, text) != expected) FAIL("RE2 finds " << expected);
    // Without RE2 behind it.
    if (directly == "unknown") continue;
    const std::string at_begin = test::found_by_re2(anchored, text);
    if (directly != at_begin)
      FAIL("RE2 finds " << at_begin << " at the beginning, the direct matcher " << directly);
  }
}

// A line with some of its bytes gone, doubled or replaced.
std::string changed(std::string line, std::mt19937& random) {
  constexpr std::string_view kBytes = "a0 :/[]\"\\.-\n\xc3\xa9";
  for (std::size_t left = random() % 4; left > 0 && !line.empty(); --left) {
    const std::size_t at = random() % line.size();
    const char byte = kBytes[random() % kBytes.size()];
    switch (random() % 4) {
      case 0: line.erase(at, 1); break;
      case 1: line.insert(at, 1, byte); break;
      case 2: line[at] = byte; break;
      default: line.resize(at); break;
    }
  }
  return line;
}

const std::vector<std::string> kLines{
    R"(127.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /images/0000000.gif HTTP/1.1" 200 1024)",
    R"~(host.example - - [1/Feb/2026:13:55:36 -0700] "GET / HTTP/1.0" 200 - "http://a.b/c?d=e" "Mozilla/5.0 (X11)")~",
    R"(::1 - - [10/Oct/2000:13:55:36 -0700] "\x16\x03" 400 - "-" "it\"s")",
    "Jan  2 15:04:05 host su[1]: pam_unix(su:session): session opened for user röot",
    "Jan 12 05:04:05 10.1.2.3 kernel: up",
    "2026/01/02 03:04:05 [error] 12#34: *5 open() \"/var/www/a\" failed (2: No such file)",
    "2026-03-01T00:30:00,25+08:00 WARNING https://user:pw@example.com:8080/a/b?x=1#y",
    "Mon, 02 Jan 2006 15:04:05 +0100 a.b@example.com -1.5e3",
    "  at a.b.C.<init>(C.java:12)",
    "[1234] 10 Oct 13:55:36 * 日本語のログ",
    "C:\\Windows\\a 123e4567-e89b-12d3-a456-426614174000 00:1b:44:11:3a:b7 2001:db8::8:800:200c:417a",
    "12/31/2026 10:11:12 UTC user_id conn 77",
    "key=\"value\" other='quoted' 192.168.0.1:80 /dev/pts/1 TRUE 0x1F <1.2>",
    ""};

std::vector<std::string> built_in_names() {
  std::vector<std::string> names;
  std::string_view left = grok_patterns();
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const std::string_view line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (!line.empty() && line.front() != '#') names.emplace_back(line.substr(0, line.find(' ')));
  }
  return names;
}

}  // namespace

// LIBAGENT_SOAK=1: a million seeds; LIBAGENT_SEED: that one only.
TEST_CASE("The direct matcher and RE2 agree on random expressions and texts", "[examples]") {
  const unsigned seeds = std::getenv("LIBAGENT_SOAK") == nullptr ? 3000 : 1'000'000;
  const char* const only = std::getenv("LIBAGENT_SEED");
  Answers answers;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    if (only != nullptr && std::to_string(seed) != only) continue;
    INFO("LIBAGENT_SEED=" << seed);
    RandomPattern random(seed);
    const std::string expression = random.expression();
    std::vector<std::string> texts;
    for (int i = 0; i < 12; ++i) texts.push_back(random.text());
    compare(expression, texts, answers);
  }
  if (only != nullptr) return;
  // It is the direct matcher that is tested.
  CHECK(answers["known"] > static_cast<int>(seeds / 3));
  CHECK(answers["found"] > static_cast<int>(seeds));
  CHECK(answers["none"] > static_cast<int>(seeds));
}

TEST_CASE("The direct matcher and RE2 agree on every built-in grok pattern", "[examples]") {
  const std::vector<std::string> names = built_in_names();
  CHECK(names.size() > 80);
  const GrokLibrary library;
  std::mt19937 random(1);
  for (const std::string& name : names) {
    for (const std::string& expression : {"%{" + name + ":all}", "^%{" + name + ":all}$"}) {
      const GrokPattern grok = library.compile(expression);
      INFO(expression);
      CHECK(grok.pattern.is_direct());
      for (const std::string& line : kLines) {
        for (int i = 0; i < 12; ++i) {
          const std::string text = i == 0 ? line : changed(line, random);
          INFO(text);
          const std::string expected = test::found_by_re2(grok.pattern, text);
          if (test::found_by(grok.pattern, text) != expected) FAIL("RE2 finds " << expected);
        }
      }
    }
  }
}
