#include <array>
#include <catch2/catch.hpp>

#include "agent/error.hpp"
#include "agent/manifest.hpp"

using namespace agent;

namespace {

SettingTexts texts_of(std::string_view yaml) {
  const std::array<LanguageFile, 1> files{{{"en", yaml}}};
  return SettingTexts(files);
}

}  // namespace

TEST_CASE("A text is found by language and key", "[base]") {
  const SettingTexts texts = texts_of("log.dir:\n  name: Directory\n  desc: Where the files are.\n");
  REQUIRE(texts.find("en", "log.dir") != nullptr);
  CHECK(texts.find("en", "log.dir")->name == "Directory");
  CHECK(texts.find("en", "log.dir")->desc == "Where the files are.");
  CHECK(texts.find("en", "log") == nullptr);
  CHECK(texts.find("zh", "log.dir") == nullptr);
}

TEST_CASE("The later one of two files with the same key counts", "[base]") {
  const std::array<LanguageFile, 2> files{{{"en", "a:\n  name: first\n"}, {"en", "a:\n  name: second\n"}}};
  CHECK(SettingTexts(files).find("en", "a")->name == "second");
}

TEST_CASE("The manifest's languages come first, others behind them", "[base]") {
  const std::array<LanguageFile, 2> files{{{"de", "a:\n  name: eins\n"}, {"en", "a:\n  name: one\n"}}};
  CHECK(SettingTexts(files).languages() == std::vector<std::string>{"zh", "en", "de"});
}

TEST_CASE("A file of texts that is none is refused with language and line", "[base]") {
  CHECK_THROWS_WITH(texts_of("a:\n  name: one\n  title: x\n"),
                    "texts of settings in en: line 3: 'a.title': want name and desc below the key");
  CHECK_THROWS_WITH(texts_of("a: one\n"), Catch::Contains("line 1: 'a': want name and desc"));
  CHECK_THROWS_WITH(texts_of("a:\n  desc: no name\n"), Catch::Contains("'a' has no name"));
  CHECK_THROWS_WITH(texts_of("a:\n  name: ''\n"), Catch::Contains("line 2: 'a.name' is empty"));
  CHECK_THROWS_WITH(texts_of("a: [\n"), Catch::Contains("texts of settings in en: line "));
  CHECK_THROWS_WITH(texts_of("a:\n  name: 1\na:\n  name: 2\n"), Catch::Contains("stands twice"));
}
