#include "examples/logkit-agent/read/frame_splitter.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace logkit;
using namespace std::string_view_literals;

namespace {

using Texts = std::vector<std::string>;

LineSplitter::Options limit(std::size_t most) {
  LineSplitter::Options options;
  options.max_line = most;
  options.block = 4096;
  return options;
}

std::string counted(const std::string& message) { return std::to_string(message.size()) + " " + message; }

struct Split {
  explicit Split(Framing framing, std::size_t most = 1 << 20)
      : splitter(make_frame_splitter(framing, limit(most))) {}
  Split& feed(std::string_view bytes) {
    splitter->feed(bytes, sink);
    return *this;
  }
  Split& finish() {
    splitter->finish(sink);
    return *this;
  }

  Texts texts;
  std::uint64_t cut = 0;
  FrameSink sink = [this](const Frame& frame) {
    texts.emplace_back(frame.text);
    cut += frame.cut;
  };
  std::unique_ptr<FrameSplitter> splitter;
};

// In two pieces, cut at every byte, and byte by byte.
void check_all_cuts(Framing framing, const std::string& stream, const Texts& expected) {
  for (std::size_t at = 0; at <= stream.size(); ++at) {
    Split split(framing);
    split.feed(std::string_view(stream).substr(0, at)).feed(std::string_view(stream).substr(at)).finish();
    INFO("cut at " << at);
    REQUIRE(split.texts == expected);
  }
  Split split(framing);
  for (const char c : stream) split.feed({&c, 1});
  CHECK(split.finish().texts == expected);
  CHECK_FALSE(split.splitter->has_rest());
}

}  // namespace

TEST_CASE("Messages of syslog are found in both forms wherever the stream is cut", "[examples]") {
  const std::string nul(1, '\0');
  check_all_cuts(Framing::syslog,
                 counted("<1>ab") + "<2>line\n" + counted("<3>a\nb") + "<4>x\r\n\n\n" + counted("<5>end\n") +
                     counted("<6>y") + "\n" + "<7>nul" + nul + counted("<8>" + std::string(300, 'z')) +
                     "<9>last",
                 {"<1>ab", "<2>line", "<3>a\nb", "<4>x", "<5>end", "<6>y", "<7>nul",
                  "<8>" + std::string(300, 'z'), "<9>last"});
}

TEST_CASE("A number that is followed by no message of syslog is a part of its line", "[examples]") {
  check_all_cuts(Framing::syslog, "12 monkeys\n0 <x>\n12345678901 <1>a\n7\n<1>b\n5 <1>ab12",
                 {"12 monkeys", "0 <x>", "12345678901 <1>a", "7", "<1>b", "<1>ab", "12"});
}

TEST_CASE("A message of syslog that is not complete at the end counts as far as it came", "[examples]") {
  CHECK(Split(Framing::syslog).feed("100 <1>half").finish().texts == Texts{"<1>half"});
  Split split(Framing::syslog);
  split.feed("100 <1>half");
  CHECK(split.splitter->has_rest());
  CHECK(split.texts.empty());
}

TEST_CASE("Messages beyond the limit are cut and the next one is whole", "[examples]") {
  for (const Framing framing : {Framing::syslog, Framing::line}) {
    Split split(framing, 10);
    const std::string text = "<1>" + std::string(100'000, 'x');
    for (int i = 0; i < 3; ++i) split.feed(text + "\n<2>short\n");
    CHECK(split.texts == Texts{"<1>xxxxxxx", "<2>short", "<1>xxxxxxx", "<2>short", "<1>xxxxxxx", "<2>short"});
    CHECK(split.cut == 3 * (text.size() - 10));
  }
  Split split(Framing::syslog, 10);
  CHECK(split.feed(counted("<1>" + std::string(5000, 'x'))).feed(counted("<2>y")).texts ==
        Texts{"<1>xxxxxxx", "<2>y"});
  CHECK(split.cut == 4993);
}

TEST_CASE("Values of JSON are found wherever the stream is cut", "[examples]") {
  check_all_cuts(
      Framing::json,
      R"({"a":"}\"{"}[1,{"b":[2]}]  12 )"
      "\n\n{\"c\":\n1}no value }\n{}{\"d\":\"\\\\\"}",
      {R"({"a":"}\"{"})", R"([1,{"b":[2]}])", "12", "{\"c\":\n1}", "no value }", "{}", R"({"d":"\\"})"});
}

TEST_CASE("A value of JSON beyond the limit is cut and what follows its line is read", "[examples]") {
  Split split(Framing::json, 10);
  split.feed("{\"a\":\"" + std::string(5000, 'x') + "\"}\n{\"b\":1}");
  CHECK(split.texts == Texts{"{\"a\":\"xxxx", "{\"b\":1}"});
  CHECK(split.cut > 4990);
  Split open(Framing::json, 1000);
  for (int i = 0; i < 1000; ++i) open.feed("[[[[[[[[[[");
  CHECK(open.texts.empty());
  CHECK(open.finish().texts.size() == 1);
  CHECK(open.cut == 9000);
}

TEST_CASE("Random streams give the same messages in whatever pieces they come", "[examples]") {
  std::mt19937 random(1);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  constexpr std::string_view kBytes = "<<0123456789   \n\n\r\0{}[]\"\\ax"sv;
  for (int i = 0; i < 3000; ++i) {
    std::string stream;
    for (std::size_t size = below(200); size > 0; --size) stream += kBytes[below(kBytes.size())];
    for (const Framing framing : {Framing::line, Framing::syslog, Framing::json}) {
      const std::size_t most = 1 + below(40);
      Split whole(framing, most);
      whole.feed(stream).finish();
      Split pieces(framing, most);
      for (std::string_view left = stream; !left.empty();) {
        const std::size_t size = 1 + below(std::min<std::size_t>(left.size(), 20));
        pieces.feed(left.substr(0, size));
        left.remove_prefix(size);
      }
      pieces.finish();
      INFO(stream << " with at most " << most);
      REQUIRE(pieces.texts == whole.texts);
      REQUIRE(pieces.cut == whole.cut);
      std::size_t bytes = whole.cut;
      for (const std::string& text : whole.texts) bytes += text.size();
      REQUIRE(bytes <= stream.size());
    }
  }
}

TEST_CASE("A datagram is a message or has some", "[examples]") {
  const auto split = [](const std::string& datagram, Framing framing) {
    Texts texts;
    split_datagram(datagram, framing, limit(100), [&](const Frame& frame) {
      if (!frame.text.empty()) texts.emplace_back(frame.text);
    });
    return texts;
  };
  CHECK(split("a\nb\r\n", Framing::packet) == Texts{"a\nb"});
  CHECK(split("a\nb\r\nc", Framing::line) == Texts{"a", "b", "c"});
  CHECK(split("<1>a\nb\n", Framing::syslog) == Texts{"<1>a\nb"});
  CHECK(split("{\"a\":1}{\"b\":2}", Framing::json) == Texts{"{\"a\":1}", "{\"b\":2}"});
  CHECK(split("", Framing::packet).empty());
  CHECK(split("\n", Framing::packet).empty());
}
