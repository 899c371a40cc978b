// The rules of RFC 6455 (frames, close, UTF-8) and RFC 7692 (permessage-deflate) that an end keeps towards
// its peer, one line each. Both ends have the same codec; each line is tried at both, at once and byte by
// byte.
#include <fmt/format.h>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "net/websocket_codec.hpp"
#include "tests/support/frame.hpp"

using namespace agent;
using namespace agent::net;
using test::encode_frame;
using test::Frame;
using test::Opcode;
using namespace std::string_literals;

namespace {

struct Rule {
  std::string name;
  std::vector<Frame> frames;
  // What the end makes of them: "text abc, ping p", a close code when it fails the connection, "" when it
  // waits for more.
  std::string result;
  bool deflate = true;  // agreed to
  std::size_t max_message = 1000;
};

std::string describe(const WebSocketFrame& frame) {
  switch (frame.kind) {
    case WebSocketFrame::Kind::text: return "text " + frame.payload;
    case WebSocketFrame::Kind::binary: return "binary " + frame.payload;
    case WebSocketFrame::Kind::ping: return "ping " + frame.payload;
    case WebSocketFrame::Kind::pong: return "pong " + frame.payload;
    case WebSocketFrame::Kind::close: break;
  }
  return fmt::format("close {} {}", frame.code, frame.payload);
}

// `step`: bytes that arrive together.
std::string result_of(std::string bytes, std::size_t step, const WebSocketOptions& options) {
  WebSocketCodec codec(options);
  std::string result;
  try {
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      std::span<char> arrived(bytes.data() + at, std::min(step, bytes.size() - at));
      while (!arrived.empty()) {
        if (auto frame = codec.decode(arrived)) result += (result.empty() ? "" : ", ") + describe(*frame);
      }
    }
  } catch (const Error& error) {
    CHECK(error.code() == (codec.close_code() == 1009 ? Errc::too_large : Errc::bad_message));
    return std::to_string(codec.close_code());
  }
  return result;
}

void check(const Rule& rule) {
  for (const bool is_server : {true, false}) {
    INFO(rule.name << (is_server ? ", at the server" : ", at the agent"));
    std::string bytes;
    for (const Frame& frame : rule.frames) bytes += encode_frame(frame, is_server);
    WebSocketOptions options;
    options.is_server = is_server;
    options.deflate = rule.deflate;
    options.max_message = rule.max_message;
    CHECK(result_of(bytes, bytes.size(), options) == rule.result);
    CHECK(result_of(bytes, 1, options) == rule.result);
  }
}

Frame part(std::string payload, bool last = false) {
  return {.opcode = Opcode::continuation, .payload = std::move(payload), .fin = last};
}
Frame begun(std::string payload, bool rsv1 = false) {
  return {.payload = std::move(payload), .fin = false, .rsv1 = rsv1};
}
Frame compressed(std::string payload) { return {.payload = std::move(payload), .rsv1 = true}; }
Frame close_with(std::string payload) { return {.opcode = Opcode::close, .payload = std::move(payload)}; }
Frame close_with(int code, const std::string& reason) {
  return close_with(std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason);
}

// RFC 7692, 7.2.3: "Hello" in several ways.
const std::string kHello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
const std::string kHelloFinal = "\xf3\x48\xcd\xc9\xc9\x07\x00"s;  // BFINAL; a block of 00 must follow
const std::string kHelloStored = "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s;
const std::string kHelloTwoBlocks = "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s;
// A final block, and one that refers to its text.
const std::string kSentence = "a sentence that a later block repeats whole";
const std::string kSentenceFinal =
    "\x05\xc1\x81\x09\x00\x20\x0c\x03\xb0\x57\xfa\x5a\x1d\x05\xc1\xa1\xb2\x15\x7c\xdf\x84\x68\x6d\x6b\x87\xe0"
    "\x49\x83\x48\x5a\x85\x91\x27\x16\x4a\x57\x74\xe3\xcd\x93\xfa"s;
const std::string kSentenceAgain = "\x4a\x24\x5e\x29\x00"s;

std::vector<Rule> fragments() {
  const Frame ping{.opcode = Opcode::ping, .payload = "p"};
  const Frame pong{.opcode = Opcode::pong, .payload = "q"};
  return {
      {"a ping and a pong between fragments",
       {begun("He"), ping, pong, part("llo", true)},
       "ping p, pong q, text Hello"},
      {"a ping and a pong between fragments of a compressed message",
       {begun(kHello.substr(0, 3), true), ping, pong, part(kHello.substr(3), true)},
       "ping p, pong q, text Hello"},
      {"pings around each fragment of a compressed message",
       {ping, begun("", true), ping, part(kHello.substr(0, 5)), ping, part(kHello.substr(5)), ping,
        part("", true)},
       "ping p, ping p, ping p, ping p, text Hello"},
      {"a compressed message behind a compressed message",
       {compressed(kHello), compressed(kHello)},
       "text Hello, text Hello"},
      {"a close between fragments", {begun(kHello.substr(0, 3), true), close_with(1000, "")}, "close 1000 "},
      {"fragments without an end", {begun("He"), part("l")}, ""},
      {"a ping in fragments", {{.opcode = Opcode::ping, .fin = false}}, "1002"},
      {"a ping of 126 bytes", {{.opcode = Opcode::ping, .payload = std::string(126, 'p')}}, "1002"},
      {"a continuation of nothing", {part("x", true)}, "1002"},
      {"a text within a text", {begun("a"), {.payload = "b"}}, "1002"},
      {"an unknown opcode", {{.opcode = static_cast<Opcode>(3)}}, "1002"},
      {"an unknown control", {{.opcode = static_cast<Opcode>(11)}}, "1002"},
  };
}

std::vector<Rule> closes() {
  std::vector<Rule> rules = {
      {"an empty close", {close_with("")}, "close 1005 "},
      {"a close of one byte", {close_with("\x03")}, "1002"},
      {"a close of 126 bytes", {close_with(1000, std::string(124, 'x'))}, "1002"},
      {"a close in fragments", {{.opcode = Opcode::close, .fin = false}}, "1002"},
      {"a compressed close", {{.opcode = Opcode::close, .rsv1 = true}}, "1002"},
      {"a reason", {close_with(1001, "zu \xc3\xa4lt")}, "close 1001 zu \xc3\xa4lt"},
      {"a reason that is not UTF-8", {close_with(1000, "\xff")}, "1007"},
      {"a reason that ends within a character", {close_with(1000, "caf\xc3")}, "1007"},
  };
  for (int code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    rules.push_back({"a code", {close_with(code, "bye")}, fmt::format("close {} bye", code)});
  for (int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65535})
    rules.push_back({fmt::format("the code {}", code), {close_with(code, "bye")}, "1002"});
  return rules;
}

std::vector<Rule> compression() {
  const Frame rsv1_behind{.opcode = Opcode::continuation, .payload = kHello.substr(3), .rsv1 = true};
  const Frame rsv2{.opcode = static_cast<Opcode>(0x21), .payload = "x"};
  const Frame rsv3{.opcode = static_cast<Opcode>(0x11), .payload = "x"};
  const std::string many_blocks = "\xf2\x48\x05\x00\x00\x00\xff\xff"s;
  return {
      {"RSV1 on a continuation", {begun(kHello.substr(0, 3), true), rsv1_behind}, "1002"},
      {"RSV1 on a continuation of a plain text", {begun("He"), rsv1_behind}, "1002"},
      {"RSV1 on a ping", {{.opcode = Opcode::ping, .rsv1 = true}}, "1002"},
      {"RSV1 without permessage-deflate", {compressed(kHello)}, "1002", false},
      {"RSV2", {rsv2}, "1002"},
      {"RSV3", {rsv3}, "1002"},
      {"a message that is not compressed", {{.payload = "Hello"}}, "text Hello"},
      {"one block", {compressed(kHello)}, "text Hello"},
      {"a block without compression", {compressed(kHelloStored)}, "text Hello"},
      {"two blocks", {compressed(kHelloTwoBlocks)}, "text Hello"},
      {"an empty message", {compressed("\x00"s)}, "text "},
      {"an empty message of another block", {compressed("\x02\x00"s)}, "text "},
      {"a final block", {compressed(kHelloFinal + "\x00"s)}, "text Hello"},
      {"a block behind a final one", {compressed(kHelloFinal + kHello)}, "text HelloHello"},
      {"three final blocks",
       {compressed(kHelloFinal + kHelloFinal + kHelloFinal + "\x00"s)},
       "text HelloHelloHello"},
      {"a block that refers to one before a final one",
       {compressed(kSentenceFinal + kSentenceAgain)},
       "text " + kSentence + kSentence},
      {"the same in fragments",
       {begun(kSentenceFinal, true), part(kSentenceAgain, true)},
       "text " + kSentence + kSentence},
      {"a block that refers to the message before",
       {compressed(kSentenceFinal + "\x00"s), compressed(kSentenceAgain)},
       "1002"},
      {"a final block and nothing", {compressed(kHelloFinal)}, "1002"},
      {"garbage behind a final block", {compressed(kHelloFinal + "\xff\xff"s)}, "1002"},
      {"garbage", {compressed("\xff\xff\xff\xff garbage")}, "1002"},
      {"nothing at all", {compressed("")}, "1002"},
      {"an inner 00 00 ff ff and nothing behind it", {compressed(many_blocks)}, "1002"},
  };
}

std::vector<Rule> texts_and_sizes() {
  const std::string full(1000, 'x');
  const std::string full_deflated = test::deflated(full);
  return {
      {"a character in two fragments", {begun("caf\xc3"), part("\xa9", true)}, "text caf\xc3\xa9"},
      {"a text that is not UTF-8", {{.payload = "\xff"}}, "1007"},
      {"a text that ends within a character", {{.payload = "caf\xc3"}}, "1007"},
      {"fragments that end within a character", {begun("caf"), part("\xc3", true)}, "1007"},
      {"a compressed text that is not UTF-8", {compressed(test::deflated("\xff"))}, "1007"},
      {"a compressed text that ends within a character", {compressed(test::deflated("caf\xc3"))}, "1007"},
      {"bytes that need not be UTF-8", {{.opcode = Opcode::binary, .payload = "\xff"}}, "binary \xff"},
      {"a message of the largest size", {{.payload = full}}, "text " + full},
      {"a compressed one", {compressed(full_deflated)}, "text " + full},
      {"a compressed one whose last byte has no text left",
       {begun(full_deflated.substr(0, full_deflated.size() - 1), true),
        part(full_deflated.substr(full_deflated.size() - 1), true)},
       "text " + full},
      {"a larger one", {{.payload = full + "x"}}, "1009"},
      {"a larger one in fragments", {begun(full), part("x", true)}, "1009"},
      {"a compressed larger one", {compressed(test::deflated(full + "x"))}, "1009"},
  };
}

}  // namespace

TEST_CASE("WebSocket rules: fragments and control frames", "[net]") {
  for (const Rule& rule : fragments()) check(rule);
}

TEST_CASE("WebSocket rules: close frames", "[net]") {
  for (const Rule& rule : closes()) check(rule);
}

TEST_CASE("WebSocket rules: permessage-deflate", "[net]") {
  for (const Rule& rule : compression()) check(rule);
}

TEST_CASE("WebSocket rules: texts and sizes", "[net]") {
  for (const Rule& rule : texts_and_sizes()) check(rule);
}

TEST_CASE("WebSocket rules: a client masks, a server does not", "[net]") {
  const WebSocketOptions server{.is_server = true};
  const WebSocketOptions agent{.is_server = false};
  const std::string masked = encode_frame({.payload = "x"}, true);
  const std::string bare = encode_frame({.payload = "x"}, false);
  CHECK(result_of(masked, 100, server) == "text x");
  CHECK(result_of(bare, 100, agent) == "text x");
  CHECK(result_of(bare, 100, server) == "1002");
  CHECK(result_of(masked, 100, agent) == "1002");
}

TEST_CASE("WebSocket rules: no length gets past the limit", "[net]") {
  const WebSocketOptions agent{.is_server = false, .max_message = 1000};
  const std::string ten = encode_frame(begun("0123456789"), false);
  CHECK(result_of("\x81\x7e\x03\xe9", 100, agent) == "1009");
  CHECK(result_of("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s, 100, agent) == "1009");
  CHECK(result_of(ten + "\x80\x7e\x03\xdf"s, 100, agent) == "1009");
  CHECK(result_of(ten + "\x80\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s, 100, agent) == "1009");
  CHECK(result_of(ten + "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xfa"s, 100, agent) ==
        "1009");  // 2^64 - 6, + 10 = 4
  WebSocketOptions deflating = agent;
  deflating.deflate = true;
  CHECK(result_of("\xc1\x7e\x07\xd2"s, 100, deflating) == "1009");
  CHECK(result_of("\xc1\x7f\xff\xff\xff\xff\xff\xff\xff\xfa"s, 100, deflating) == "1009");
  CHECK(result_of("\x81\x7e\x00\x05Hello"s, 100, agent) == "1002");  // five bytes need no such length
}

TEST_CASE("WebSocket rules: deflated data that is cut at any byte is an error", "[net]") {
  std::string random;
  for (unsigned i = 0, x = 1; i < 300; ++i, x = x * 1103515245 + 12345)
    random.push_back(static_cast<char>(x >> 16));
  std::string lines;
  for (int i = 0; i < 30; ++i) lines += fmt::format("line {} of many\n", i * i);
  for (const std::string& text : {"Hello"s, "x"s, std::string(700, 'x'), lines, random}) {
    const std::string whole = test::deflated(text);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      INFO(size << " bytes of " << whole.size());
      const Frame cut{.opcode = Opcode::binary, .payload = whole.substr(0, size), .rsv1 = true};
      if (cut.payload == "\x00"s) continue;  // is an empty message
      check({"cut", {cut}, "1002"});
    }
  }
}

TEST_CASE("WebSocket rules: empty blocks without end are too large", "[net]") {
  WebSocketOptions agent{.is_server = false, .deflate = true, .max_message = 1000};
  std::string bytes = encode_frame(begun("", true), false);
  std::string blocks;
  for (int i = 0; i < 100; ++i) blocks += "\x00\x00\x00\xff\xff"s;
  for (int i = 0; i < 5; ++i) bytes += encode_frame(part(blocks), false);
  CHECK(result_of(bytes, bytes.size(), agent) == "1009");
}

TEST_CASE("WebSocket rules: a reason of ours is cut between characters, and where it is not UTF-8", "[net]") {
  const auto sent = [](const std::string& reason) {
    WebSocketCodec server({.is_server = true});
    std::string wire;
    server.encode_close(1008, reason, wire);
    return result_of(wire, wire.size(), WebSocketOptions{.is_server = false});
  };
  CHECK(sent("too late") == "close 1008 too late");
  std::string euros;
  for (int i = 0; i < 50; ++i) euros += "\xe2\x82\xac";
  CHECK(sent(euros) == "close 1008 " + euros.substr(0, 123));
  CHECK(sent("x" + euros) == "close 1008 x" + euros.substr(0, 120));
  CHECK(sent("caf\xe9 closed") == "close 1008 caf");
}
