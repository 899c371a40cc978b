#include "examples/logkit-agent/parse/direct_match.hpp"

#include "examples/logkit-agent/parse/grok_library.hpp"
#include "pattern_pair.hpp"

using namespace logkit;

namespace {

struct Case {
  const char* expression;
  std::vector<std::string> texts;
};

const std::vector<Case> kCases{
    {"", {"", "a"}},
    {"abc", {"", "ab", "abc", "xabc", "abcd", "abx"}},
    {"(a|ab)(c|bcd)(d*)", {"abcd", "abcbcd", "acd", "ab"}},
    {"(a*)(a*?)(a+)", {"", "a", "aaa", "baa"}},
    {"(a+?)(a*)$", {"aaa", "aaab"}},
    {"(a{2,3})(a{0,2}?)(a)", {"aa", "aaa", "aaaaaaa"}},
    {"(?:(a)|(b)|c)+", {"abc", "c", "bac", "abab", "ca"}},
    {"(?:(a)|(b)|c)+?d", {"abcd", "bad", "cd", "ab"}},
    {"((a|b)c){2,3}", {"acbc", "acbcac", "acbcacbc", "ac"}},
    {"(?:ab?){2}(b?)", {"abab", "abb", "aab", "aa"}},
    {"^(\\w+)\\b(\\W*)$", {"ab .", "ab", ".", "", "ab\n"}},
    {"\\Ba|b\\B", {"a", "ba", "b", "bb"}},
    {"(.)(.*)", {"a\nb", "\n", "\nab"}},
    {"(?s:(.)(.*))", {"a\nb", "\n"}},
    {"[^a]+", {"a", "b\n", "ab"}},
    {"(?i:HeLLo (k)[^s])", {"hello kx", "HELLO KS", "hello \u212Ax", "hello k\u017F"}},
    {"a(?i)b|c", {"aB", "C", "Ab"}},
    {"(\\S+) (\\S+)", {"a b", "a  b", " a b", "日本 語", "a\xffz b"}},
    {"(.*)(.)(é+)", {"abéé", "日é", "é", "\xa9é", "éé"}},
    {"(.*?)(é)(.{2})", {"abé日本", "éa", "éa\xff"}},
    {"(.{3})", {"日本語", "ab", "日本"}},
    {"(a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z|aa|bb|cc|dd|ee|ff|gg|hh|zz|)(.?)$",
     {"a", "z", "zz", "hh", "zzz", "", "0"}},
    {"(x|)(y|)z", {"z", "xz", "yz", "xyz", "y"}},
    {"[+-]?([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)", {"1", "-1.", "+.5", "1.2.3", ".", "-"}},
    {"(?:\"((?:[^\"\\\\]|\\\\.)*)\")", {R"("a\"b")", R"("a\")", "\"\"", "\"a\n\""}},
    {"((?:[ab]|c|[^a-c]d)+)(c?)", {"abacab", "c", "xdab", "xda", "x", "éda", "aéé"}},
    {"((?:a|b|ab)*?)(b+)$", {"abab", "bbb", "aab", "ba"}},
    {"((?:[^a]|aa)*)(a)",
     {"bcaa", "日本aaa", "a", "aa",
      "\xff"
      "a"}},
    {"((?:a|b){3,})(b?)", {"ab", "aba", "abab"}},
    {"((?:[bd]|ba)*)c", {"bbac", "babc", "bab"}},
    {"(.*)\\B", {"éa", "aé", "日a日"}},
    {"(a)$|(a)b", {"ab", "a", "aa"}},
    {"$(a)?", {"", "a"}},
    {"[\\s\\S]+x", {"a\nx", "\xff x", "日x"}},
    {"a\\.b", {"a.b", "a"}}};

constexpr std::string_view kAccess =
    R"(127.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /images/0000000.gif HTTP/1.1" 200 1024)";

}  // namespace

TEST_CASE("The direct matcher finds the groups that RE2 finds", "[examples]") {
  for (const Case& one : kCases) {
    const TextPattern pattern(one.expression);
    const TextPattern at_begin(test::at_begin(one.expression));
    const auto steps = direct_steps(one.expression);
    for (const std::string& text : one.texts) {
      INFO(one.expression << " in '" << text << "'");
      const std::string expected = test::found_by_re2(pattern, text);
      CHECK(test::found_by(pattern, text) == expected);
      REQUIRE(steps);
      const std::string directly = test::found_directly(*steps, text);
      if (directly != "unknown") CHECK(directly == test::found_by_re2(at_begin, text));
    }
  }
}

TEST_CASE("The direct matcher knows by itself what logs have", "[examples]") {
  const auto directly = [](const char* expression, std::string_view text) {
    return test::found_directly(*direct_steps(expression), text);
  };
  CHECK(directly("(a|ab)(c|bcd)(d*)", "abcd") == "found 0-1 1-4 4-4");
  CHECK(directly("(\\S+) ([^ ]*)", "日本 語") == "found 0-6 7-10");
  CHECK(directly("(.*)é(.*?)語", "aéé日本語") == "found 0-3 5-11");
  CHECK(directly("(?i:error)", "ERRor") == "found");
  CHECK(directly("(?:(a)|b)*(c)?", "ab") == "found 0-1 -");
  // These are RE2's: bytes that are no UTF-8, characters that are counted, folded ones.
  CHECK(directly("(.*)b",
                 "a\xff"
                 "b") == "unknown");
  CHECK(directly("(.{2})", "日本") == "unknown");
  CHECK(directly("(.{2,3})", "日本") == "unknown");
  CHECK(directly("(?i:k)", "\u212A") == "unknown");
}

TEST_CASE("A match is found wherever it begins", "[examples]") {
  const TextPattern pattern("(b+)(c)|^(x)");
  for (const std::string text : {"aabbc", "bbabc", "axbc", "x", "ax", "", "aab", "日bc",
                                 "\xff"
                                 "bc"}) {
    INFO(text);
    CHECK(test::found_by(pattern, text) == test::found_by_re2(pattern, text));
  }
  CHECK(test::found_by(pattern, "aabbc") == "found 2-4 4-5 -");
  CHECK(test::found_by(TextPattern("\\b(b)"), "ab b") == "found 3-4");
  CHECK(test::found_by(TextPattern("^(b)"), "ab") == "none");
  CHECK(test::found_by(TextPattern("(a?)"), std::string_view()) == "found -");
}

TEST_CASE("A line of a common log costs fewer steps than it has bytes", "[examples]") {
  const GrokPattern grok = GrokLibrary().compile("%{COMMON_LOG_FORMAT}");
  CHECK(grok.pattern.is_direct());
  const auto steps = direct_steps(
      R"((\S+) (\S+) (\S+) \[([^\]]+)\] "(\w+) (\S+)(?: HTTP/([0-9.]+))?" ([0-9]+) (?:([0-9]+)|-))");
  REQUIRE(steps);
  std::vector<std::string_view> groups;
  const DirectMatch match = match_directly(*steps, kAccess, 0, groups);
  CHECK(match.answer == DirectAnswer::found);
  CHECK(groups.back() == "1024");
  CHECK(match.steps < 2 * static_cast<std::int64_t>(kAccess.size()));
}

TEST_CASE("Bytes that a repetition goes over count as steps", "[examples]") {
  const std::string text(1000, 'a');
  std::vector<std::string_view> groups;
  for (const char* expression : {"(.*)", "(.*?)$", "(.*)b", "(é|.)*b"})
    CHECK(match_directly(*direct_steps(expression), text, 0, groups).steps >= 1000);
}

TEST_CASE("A quoted text costs hardly more steps than it has bytes", "[examples]") {
  // Each byte would be three steps if it were one turn of the loop.
  const std::string text = '"' + std::string(300, 'a') + R"(\"b)" + std::string(300, 'c') + '"';
  const auto steps = direct_steps(R"~("((?:[^"\\]|\\.)*)")~");
  REQUIRE(steps);
  std::vector<std::string_view> groups;
  const DirectMatch match = match_directly(*steps, text, 0, groups);
  CHECK(match.answer == DirectAnswer::found);
  CHECK(groups.front().size() == text.size() - 2);
  CHECK(match.steps < 700);
}

TEST_CASE("A text that would take too many steps is left to RE2", "[examples]") {
  const std::size_t size = GENERATE(1000, 1'000'000);
  const std::string text = std::string(size, 'a') + "c";
  for (const char* expression :
       {"(a+)+b", "(a|aa)+$", "(?:a|a)+b", "(a+?)+?b", "(.*)(.*)(.*)(.*)(.*)b", "(?:(a)|(aa))+b",
        "(.*?)(.*?)(.*?)(.*?)b", "(?:a{1,5}){1,100}b", "(?:aaaaaaaaaaaaaaaa|a)+b", "(a+)(a+)(a+)(a+)b"}) {
    INFO(expression << " in " << size);
    const auto steps = direct_steps(expression);
    REQUIRE(steps);
    // found_directly() counts the steps.
    CHECK(test::found_directly(*steps, text) == "unknown");
    CHECK(test::found_by(TextPattern(expression), text) == "none");
  }
}

TEST_CASE("A long text takes no more stack than a short one", "[examples]") {
  const std::string path = std::string(2'000'000, '/') + " x";
  CHECK(test::found_directly(*direct_steps("((?:/[^/\\s]*)+) (x)"), path) ==
        "found 0-2000000 2000001-2000002");
  CHECK(test::found_directly(*direct_steps("(.*) (.)"), path) == "found 0-2000000 2000001-2000002");
  // Each '/' could end it: more places than are remembered.
  const auto steps = direct_steps("((?:/(?:a|))+)(/* x)");
  CHECK(test::found_directly(*steps, path) == "unknown");
  CHECK(test::found_by(TextPattern("((?:/(?:a|))+)(/* x)"), path) == "found 0-2000000 2000000-2000002");
}

TEST_CASE("An expression that needs many steps or groups is left to RE2", "[examples]") {
  CHECK_FALSE(direct_steps("(?:ab){1000}(?:cd){1000}(?:ef){1000}"));
  CHECK_FALSE(direct_steps("(?:(?:(?:ab){100}c){100}d){100}"));
  std::string groups;
  for (std::size_t i = 0; i < DirectSteps::kMaxGroups; ++i) groups += "(a)";
  CHECK(direct_steps(groups));
  CHECK_FALSE(direct_steps(groups + "(a)"));
}
