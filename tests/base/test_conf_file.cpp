#include "base/conf_file.hpp"

#include <catch2/catch.hpp>

using namespace agent;

namespace {

std::string value_of(const std::string& line) {
  const SettingFile file = parse_conf(line, "x");
  REQUIRE(file.entries.size() == 1);
  CHECK(file.problems.empty());
  return file.entries[0].text;
}

std::vector<std::string> problems_of(const std::string& text) {
  std::vector<std::string> all;
  for (const ConfigProblem& problem : parse_conf(text, "x").problems) all.push_back(to_string(problem));
  return all;
}

}  // namespace

TEST_CASE("A row is split at its first equals sign and trimmed", "[base]") {
  const SettingFile file = parse_conf("  log.size\t=  10M \nurl=a=b\nempty =\n", "x");
  REQUIRE(file.entries.size() == 3);
  CHECK(file.entries[0].key == "log.size");
  CHECK(file.entries[0].text == "10M");
  CHECK(file.entries[0].line == 1);
  CHECK(file.entries[1].text == "a=b");
  CHECK(file.entries[2].text == "");
  CHECK(file.entries[2].line == 3);
}

TEST_CASE("A comment begins at any # that something follows, as with the originals", "[base]") {
  CHECK(value_of("a = b # c") == "b");
  CHECK(value_of("a = b#c") == "b");
  CHECK(value_of("a = b ## c") == "b");
  CHECK(value_of("a = b#") == "b#");
  CHECK(value_of("a = b#\r\n") == "b#");
  CHECK(value_of("a = # b") == "");
  CHECK(parse_conf("# a = b\n   # c\n#\n\n \t\n", "x").entries.empty());
  CHECK(problems_of("#\n \n").empty());
}

TEST_CASE("A backslash makes # a part of the value", "[base]") {
  CHECK(value_of("a = b\\#c # d") == "b#c");
  CHECK(value_of("a = \\#\\#") == "##");
  CHECK(value_of("a = C:\\logs\\ # d") == "C:\\logs\\");
  CHECK(unescape_conf_value(escape_conf_value("a#b\\c#")) == "a#b\\c#");
}

TEST_CASE("A value that # cuts off is warned about", "[base]") {
  const SettingFile file = parse_conf("token = abc#def\nother = abc #def\n", "x");
  REQUIRE(file.warnings.size() == 1);
  CHECK(to_string(file.warnings[0]) ==
        "x: line 1: token: the value ends before '#'; write \\# to make it part of it");
}

TEST_CASE("A byte order mark and Windows line ends are no part of keys and values", "[base]") {
  const SettingFile file = parse_conf("\xef\xbb\xbfid = x\r\nserver = y\r\n", "x");
  REQUIRE(file.entries.size() == 2);
  CHECK(file.entries[0].key == "id");
  CHECK(file.entries[0].text == "x");
  CHECK(file.entries[1].text == "y");
}

TEST_CASE("The last line needs no line end", "[base]") { CHECK(value_of("\n\na = b") == "b"); }

TEST_CASE("Rows without a key or an equals sign are problems with their line", "[base]") {
  CHECK(problems_of("a = b\nnonsense\n= c\nd # = e\n") ==
        std::vector<std::string>{"x: line 2: invalid row format, expected key = value",
                                 "x: line 3: there is no key before '='",
                                 "x: line 4: invalid row format, expected key = value"});
}

TEST_CASE("A line beyond 1 MiB is a problem, and the lines behind it still count", "[base]") {
  const SettingFile file = parse_conf("a = " + std::string(kMaxConfLine, 'x') + "\nb = c\n", "x");
  REQUIRE(file.problems.size() == 1);
  CHECK(file.problems[0].line == 1);
  REQUIRE(file.entries.size() == 1);
  CHECK(file.entries[0].key == "b");
  CHECK(value_of("a = " + std::string(100'000, 'x')).size() == 100'000);
}
