#include "examples/logkit-agent/parse/expression_tree.hpp"

#include <catch2/catch.hpp>

#include "examples/logkit-agent/parse/text_pattern.hpp"

using namespace logkit;

TEST_CASE("Expressions that RE2 takes are known or left to it", "[examples]") {
  for (const char* known : {"",       "a",       "a|b",        "(a)(?P<n>b)(?:c)",
                            "[]a]",   "[^]a-]",  "[a\\-z\\d]", "[\\w-.]",
                            "a{2}",   "a{2,}?",  "x{",         "a{,3}",
                            "é",      "é+",      "(?i:a|b)",   "(?i)a",
                            "(?s:.)", "(?si:.)", "\\.\\ \\n",  "^\\b\\B\\A\\z$",
                            "(a|)",   "()",      "}]"}) {
    INFO(known);
    CHECK_NOTHROW(TextPattern(known));
    CHECK(read_expression(known));
  }
  for (const char* unknown :
       {"(a*)*",       "(?:a|b*)+", "(?:a?)?", "(?:)*",   "^*",        "\\b+",          "a{0}",
        "[[:alpha:]]", "[é]",       "(?i:é)",  "\\x41",   "\\pL",      "\\Qa\\E",       "(?m:^a)",
        "(?-i:a)",     "(?U:a)",    "\\C",     "[\\x41]", "(a|b*){2}", "a{99999999999}"}) {
    INFO(unknown);
    CHECK_NOTHROW(TextPattern(unknown));
    CHECK_FALSE(read_expression(unknown));
  }
}

TEST_CASE("Expressions that RE2 refuses do no harm", "[examples]") {
  for (const char* bad :
       {"(",   ")",     "[",      "[a", "[]",  "[b-a]", "a{3,2}", "a{1001}", "*",       "a**",
        "a|*", "(?P<a", "(?P<a>", "(?", "(?i", "(?:",   "\\",     "[\\",     "[a-\\d]", "(?P=a)"}) {
    INFO(bad);
    CHECK_THROWS(TextPattern(bad));
    CHECK_FALSE(read_expression(bad));
  }
}

TEST_CASE("Expressions that are long or deep are left to RE2", "[examples]") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  CHECK(read_expression(nested(50)));
  CHECK_FALSE(read_expression(nested(51)));
  CHECK_FALSE(read_expression(nested(8000)));
  CHECK(read_expression(std::string(std::size_t{16} * 1024, 'a')));
  CHECK_FALSE(read_expression(std::string(std::size_t{16} * 1024 + 1, 'a')));
}

TEST_CASE("A set knows what its characters begin with", "[examples]") {
  const auto set = [](const char* expression) { return read_expression(expression)->root; };
  CHECK(set("[a-c]").first.count() == 3);
  CHECK(set("[^a]").first.count() == 255);
  CHECK(set("\\w").set.others == Others::none);
  CHECK(set("\\W").set.others == Others::all);
  // U+212A and U+017F are a 'k' and an 's' for it.
  CHECK(set("(?i:k)").set.others == Others::some);
  CHECK(set("(?i:[^s])").set.others == Others::some);
  CHECK(set("(?i:b)").set.others == Others::none);
  CHECK(set("(?:a+)b").first.count() == 1);
  CHECK(set("a?b").first.count() == 2);
}
