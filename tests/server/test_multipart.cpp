#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "http/multipart.hpp"

using agent::Errc;
using agent::Error;
using server::MultipartLimits;
using server::MultipartParser;

namespace {

const std::string kType = "multipart/form-data; boundary=xyz";

struct Part {
  std::string name;
  std::optional<std::string> filename;
  std::string content;
  bool operator==(const Part&) const = default;
};

// Parses `body` given in pieces of `step` bytes.
std::vector<Part> parse(std::string_view body, std::size_t step, const std::string& type = kType,
                        const MultipartLimits& limits = {}) {
  MultipartParser parser(type, limits);
  std::vector<Part> parts;
  bool open = false;
  for (;;) {
    switch (parser.next()) {
      case MultipartParser::Event::need_more:
        if (body.empty()) parser.finish();
        REQUIRE_FALSE(body.empty());
        parser.feed(body.substr(0, step));
        body.remove_prefix(std::min(step, body.size()));
        break;
      case MultipartParser::Event::part:
        CHECK_FALSE(open);
        open = true;
        parts.push_back({parser.name(), parser.filename(), ""});
        break;
      case MultipartParser::Event::data:
        CHECK_FALSE(parser.data().empty());
        parts.back().content += parser.data();
        break;
      case MultipartParser::Event::part_end: open = false; break;
      case MultipartParser::Event::end: parser.finish(); return parts;
    }
  }
}

Errc failure_of(const std::string& body, const std::string& type = kType,
                const MultipartLimits& limits = {}) {
  for (std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
    try {
      parse(body, step, type, limits);
      FAIL("it was accepted");
    } catch (const Error& error) {
      if (step > 1) return error.code();
    }
  }
  return {};
}

std::string field(const std::string& name, const std::string& value) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

const std::string kForm = field("dir", "/srv") +
                          "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
                          "Content-Type: text/plain\r\n\r\ncontent\r\n--xyz--\r\n";

}  // namespace

TEST_CASE("A form is the same in pieces of any size", "[server]") {
  const std::vector<Part> expected{{"dir", std::nullopt, "/srv"}, {"file", "a.txt", "content"}};
  for (std::size_t step = 1; step <= kForm.size(); ++step) CHECK(parse(kForm, step) == expected);
}

TEST_CASE("What looks like a boundary and is none belongs to the content", "[server]") {
  const std::string content =
      GENERATE(as<std::string>{}, "\r\n--xy", "--xyz", "\n--xyz\n", "\r\n-\r\n--xyy\r\n", "\r\r\n--xy\r\n--",
               "\r\n\r\n", "", std::string("\0\r\n\xff", 4));
  const std::string body = field("a", content) + field("b", "2") + "--xyz--";
  const std::vector<Part> expected{{"a", std::nullopt, content}, {"b", std::nullopt, "2"}};
  for (std::size_t step : {1, 2, 3, 7, 1000}) CHECK(parse(body, step) == expected);
}

TEST_CASE("Text before the first boundary and behind the last is ignored", "[server]") {
  CHECK(parse("a preamble\r\n" + kForm + "an epilogue\r\n--xyz\r\n", 5).size() == 2);
  CHECK(parse("\r\n" + kForm, 1).size() == 2);
  CHECK(parse("--xyz--", 1).empty());
}

TEST_CASE("White space behind a boundary is allowed", "[server]") {
  CHECK(parse("--xyz \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xyz--", 1).front().name ==
        "a");
}

TEST_CASE("Names and file names are read from their header in any spelling", "[server]") {
  const auto name_of = [](const std::string& header) {
    return parse("--xyz\r\n" + header + "\r\n\r\n\r\n--xyz--", 1000).front();
  };
  CHECK(name_of("content-disposition:form-data;NAME=a;FileName=b") == Part{"a", "b", ""});
  CHECK(name_of(R"(Content-Disposition: form-data; name="a;b"; filename="c\"d.txt")") ==
        Part{"a;b", "c\"d.txt", ""});
  CHECK(name_of(R"(Content-Disposition: form-data; name="f"; filename="C:\dir\x.txt")") ==
        Part{"f", R"(C:\dir\x.txt)", ""});
  CHECK(name_of("Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\"") ==
        Part{"a", "", ""});
}

TEST_CASE("A body without its end is an error", "[server]") {
  for (std::size_t length = 0; length < kForm.size() - 4; ++length) {
    CHECK(failure_of(kForm.substr(0, length)) == Errc::bad_message);
  }
}

TEST_CASE("What is no multipart is an error", "[server]") {
  CHECK(failure_of(kForm, "application/json") == Errc::bad_message);
  CHECK(failure_of(kForm, "multipart/form-data") == Errc::bad_message);
  CHECK(failure_of(kForm, "multipart/form-data; boundary=") == Errc::bad_message);
  CHECK(failure_of(kForm, "multipart/form-data; boundary=" + std::string(71, 'x')) == Errc::bad_message);
  CHECK(failure_of(kForm, "multipart/form-data; boundary=other") == Errc::bad_message);
  CHECK(failure_of(std::string(100'000, 'x') + kForm) == Errc::bad_message);
  CHECK(failure_of("--xyzzy\r\n") == Errc::bad_message);
  CHECK(failure_of("--xyz\r\nno header\r\n\r\n1\r\n--xyz--") == Errc::bad_message);
  CHECK(failure_of("--xyz\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xyz--") == Errc::bad_message);
  CHECK(failure_of("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--xyz--") ==
        Errc::bad_message);
  CHECK(failure_of("--xyz\r\n\r\n1\r\n--xyz--") == Errc::bad_message);
}

TEST_CASE("A part's head and the number of parts have a limit", "[server]") {
  CHECK(failure_of("--xyz\r\nX: " + std::string(1000, 'x'), kType, {.part_head = 100}) == Errc::too_large);
  CHECK(failure_of("--xyz\r\nX: " + std::string(50'000, 'x')) == Errc::too_large);
  CHECK(failure_of(field("a", "1") + field("b", "2") + field("c", "3") + "--xyz--", kType, {.parts = 2}) ==
        Errc::too_large);
}

TEST_CASE("A part's head may have as many bytes as the limit, however it is cut", "[server]") {
  const std::string head = "Content-Disposition: form-data; name=\"a\"";
  const std::string body = "--xyz\r\n" + head + "\r\n\r\n1\r\n--xyz--";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    CHECK(parse(body, step, kType, {.part_head = head.size()}).size() == 1);
    CHECK_THROWS_AS(parse(body, step, kType, {.part_head = head.size() - 1}), Error);
  }
}
