#include "examples/logkit-agent/read/line_splitter.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "examples/logkit-agent/read/line_decoder.hpp"

using namespace logkit;

namespace {

struct Found {
  std::string text;
  std::uint64_t begin, end, cut;
  bool operator==(const Found&) const = default;
};

// All lines, when so many bytes come at once.
std::vector<Found> split(std::string_view bytes, std::size_t piece, const LineSplitter::Options& options,
                         bool with_rest = false, std::size_t* most_held = nullptr) {
  LineSplitter splitter(options);
  std::vector<Found> found;
  Line line;
  while (!bytes.empty()) {
    const std::span<char> room = splitter.room();
    const std::size_t count = std::min({piece, room.size(), bytes.size()});
    std::memcpy(room.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    splitter.filled(count);
    while (splitter.next(line)) found.push_back({std::string(line.text), line.begin, line.end, line.cut});
    if (most_held != nullptr) *most_held = std::max(*most_held, splitter.block()->capacity);
  }
  while (with_rest && splitter.rest(line))
    found.push_back({std::string(line.text), line.begin, line.end, line.cut});
  return found;
}

std::string wide(std::string_view text, bool is_big) {
  std::string out;
  for (char c : text) {
    if (is_big) out += '\0';
    out += c;
    if (!is_big) out += '\0';
  }
  return out;
}

}  // namespace

TEST_CASE("Lines are the same however the bytes come", "[examples]") {
  const std::string text = "one\ntwo\r\n\nvery much longer than a block of the smallest size\nrest";
  const std::vector<Found> expected{{"one", 0, 4, 0},
                                    {"two", 4, 9, 0},
                                    {"", 9, 10, 0},
                                    {"very much longer than a block of the smallest size", 10, 61, 0},
                                    {"rest", 61, 65, 0}};
  for (std::size_t block : {10U, 20U, 24U, 37U, 1024U})
    for (std::size_t piece = 1; piece < 70; ++piece)
      CHECK(split(text, piece, {.block = block}, true) == expected);
  CHECK(split(text, 70, {}, false).size() == 4);
}

TEST_CASE("Lines are joined to records that begin with a head line however the bytes come", "[examples]") {
  const std::string text = "lost\r\nbegin\nA one\n  two\r\n\n  three\nA four\nA five\n six\nres";
  LineSplitter::Options options;
  options.is_head = [](std::string_view line) { return line.starts_with('A'); };
  const std::vector<Found> expected{{"lost\r\nbegin", 0, 12, 0},
                                    {"A one\n  two\r\n\n  three", 12, 34, 0},
                                    {"A four", 34, 41, 0},
                                    {"A five\n six\nres", 41, 56, 0}};
  for (std::size_t block : {10U, 24U, 1024U}) {
    options.block = block;
    for (std::size_t piece = 1; piece < 60; ++piece) CHECK(split(text, piece, options, true) == expected);
    CHECK(split(text + "t\n", 60, options, true).back() == Found{"A five\n six\nrest", 41, 58, 0});
    const std::vector<Found> ended = split(text + "t\nA si", 60, options, true);
    CHECK(ended[3] == Found{"A five\n six\nrest", 41, 58, 0});
    CHECK(ended.back() == Found{"A si", 58, 62, 0});
  }
}

TEST_CASE("A record whose head never comes ends at the limit and loses nothing", "[examples]") {
  LineSplitter::Options options{.max_line = 5000, .block = 4096};
  options.is_head = [](std::string_view) { return false; };
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "line " + std::to_string(i) + "\n";
  text += std::string(20'000, 'x') + "\nlast\n";
  std::size_t held = 0;
  std::string joined;
  std::uint64_t cut = 0;
  for (const Found& found : split(text, 1000, options, true, &held)) {
    CHECK(found.text.size() <= 5000);
    joined += found.text + "\n";
    cut += found.cut;
  }
  CHECK(cut == 15'000);
  text.replace(text.find("xxx"), 15'000, "");
  CHECK(joined == text);
  CHECK(held < 100'000);
}

TEST_CASE("A line beyond the limit is cut and its memory is bounded", "[examples]") {
  const std::string text = "a\n" + std::string(10'000'000, 'x') + "\nb\n";
  for (std::size_t piece : {1000U, 4096U, 100'000U}) {
    std::size_t held = 0;
    const std::vector<Found> found = split(text, piece, {.max_line = 5000, .block = 8192}, false, &held);
    REQUIRE(found.size() == 3);
    CHECK(found[1].text == std::string(5000, 'x'));
    CHECK(found[1].cut == 10'000'000 - 5000);
    CHECK(found[1].end == 10'000'003);
    CHECK(found[2] == Found{"b", 10'000'003, 10'000'005, 0});
    CHECK(held < 100'000);
  }
}

TEST_CASE("Lines of two-byte characters end where a whole character does", "[examples]") {
  // U+0A0A and U+0A00 hold the byte of a line end, and are none.
  for (const bool is_big : {false, true}) {
    std::string text = wide("ab\nc", is_big);
    text += std::string("\x0A\x0A", 2) + (is_big ? std::string("\x0A\x00", 2) : std::string("\x00\x0A", 2));
    text += wide("d\n", is_big);
    const Unit unit = is_big ? Unit::two_big : Unit::two_little;
    for (std::size_t piece = 1; piece < 20; ++piece) {
      const std::vector<Found> found = split(text, piece, {.block = 16, .unit = unit});
      REQUIRE(found.size() == 2);
      CHECK(found[0].text == wide("ab", is_big));
      CHECK(found[1].begin == 6);
      CHECK(found[1].end == 16);
    }
  }
}

TEST_CASE("An overlong line of two-byte characters is cut at the same place however its file is read",
          "[examples]") {
  // Bytes of neighbours that look like a line end, behind the limit, where one byte after the other is
  // dropped.
  for (const bool is_big : {false, true}) {
    const Unit unit = is_big ? Unit::two_big : Unit::two_little;
    std::string text = wide("0123456", is_big) + std::string("\x01\x00\x0D\x0A\x61\x20\x0A\x61", 8);
    text += wide("x\nnext\n", is_big);
    for (std::size_t piece = 1; piece < 40; ++piece) {
      const std::vector<Found> found = split(text, piece, {.max_line = 16, .block = 16, .unit = unit});
      REQUIRE(found.size() == 2);
      CHECK(found[0] == Found{wide("0123456", is_big) + std::string("\x01\x00", 2), 0, 26, 8});
      CHECK(found[1].text == wide("next", is_big));
    }
  }
}

TEST_CASE("Lines are decoded from their file's character set", "[examples]") {
  Arena arena;
  const auto decode = [&](const char* encoding, std::string_view bytes, std::string_view beginning = {}) {
    LineDecoder decoder(encoding, beginning);
    return std::string(decoder.decode({.text = bytes, .is_ascii = false}, arena));
  };
  CHECK(decode("GBK", "\xD6\xD0\xCE\xC4") == "中文");
  CHECK(decode("gb18030", "\x82\x31\x89\x38") == "\u39EF");
  CHECK(decode("Big5", "\xA4\xA4\xA4\xE5") == "中文");
  CHECK(decode("latin1", "caf\xE9") == "café");
  CHECK(decode("UTF-16", std::string_view("\xFF\xFE\x2D\x4E", 4), "\xFF\xFE") == "中");
  CHECK(decode("UTF-16", std::string_view("\xFE\xFF\x4E\x2D", 4), "\xFE\xFF") == "中");
  CHECK(decode("UTF-8", "\xEF\xBB\xBFx") == "x");
  CHECK(decode("UTF-8", "a\xFFz") == "a\uFFFDz");
  CHECK(decode("GBK", "a\xD6") == "a\uFFFD");
}
