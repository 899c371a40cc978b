#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "net/deflate.hpp"
#include "net/websocket_codec.hpp"

using namespace agent;
using namespace agent::net;

namespace {

WebSocketCodec make_codec(bool is_server, bool deflate = false, std::size_t max_message = 16 << 20) {
  return WebSocketCodec({.is_server = is_server, .deflate = deflate, .max_message = max_message});
}

std::optional<WebSocketFrame> decode_all(WebSocketCodec& codec, std::string bytes) {
  std::span<char> left(bytes);
  std::optional<WebSocketFrame> frame = codec.decode(left);
  CHECK(left.empty());
  return frame;
}

// The client's side of a frame, by hand: FIN, RSV1 and opcode as given, a mask of zeros.
std::string raw_frame(unsigned char first, std::string_view payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(0x80 | payload.size()));
  } else {
    out.push_back(static_cast<char>(0x80 | 126));
    out.push_back(static_cast<char>(payload.size() >> 8));
    out.push_back(static_cast<char>(payload.size() & 0xFF));
  }
  out.append(4, '\0');
  out.append(payload);
  return out;
}

Errc error_of(WebSocketCodec& codec, std::string bytes) {
  std::span<char> left(bytes);
  try {
    while (!left.empty()) codec.decode(left);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("A text of any size comes back whole, masked or not", "[net]") {
  for (bool from_server : {true, false}) {
    for (std::size_t size : {0u, 1u, 7u, 125u, 126u, 65535u, 65536u, 1000000u}) {
      WebSocketCodec sender = make_codec(from_server);
      WebSocketCodec receiver = make_codec(!from_server);
      std::string text(size, 'x');
      for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
      std::string wire;
      sender.encode_text(text, wire);
      auto frame = decode_all(receiver, wire);
      REQUIRE(frame);
      CHECK(frame->kind == WebSocketFrame::Kind::text);
      CHECK(frame->payload == text);
    }
  }
}

TEST_CASE("A message that arrives one byte at a time is the same message", "[net]") {
  WebSocketCodec sender = make_codec(false);
  WebSocketCodec receiver = make_codec(true);
  std::string wire;
  sender.encode_text("zwei Zeichen: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", wire);
  std::optional<WebSocketFrame> frame;
  for (char& byte : wire) {
    std::span<char> left(&byte, 1);
    REQUIRE_FALSE(frame);
    frame = receiver.decode(left);
  }
  REQUIRE(frame);
  CHECK(frame->payload == "zwei Zeichen: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST_CASE("Fragments become one message and a ping between them stays a ping", "[net]") {
  WebSocketCodec server = make_codec(true);
  std::string wire =
      raw_frame(0x01, "ab") + raw_frame(0x89, "p") + raw_frame(0x00, "cd") + raw_frame(0x80, "ef");
  std::span<char> left(wire);
  auto ping = server.decode(left);
  REQUIRE(ping);
  CHECK(ping->kind == WebSocketFrame::Kind::ping);
  auto text = server.decode(left);
  REQUIRE(text);
  CHECK(text->payload == "abcdef");
}

TEST_CASE("Ten thousand fragments are one message within the size limit", "[net]") {
  WebSocketCodec server = make_codec(true);
  std::string wire = raw_frame(0x01, "x");
  for (int i = 0; i < 9998; ++i) wire += raw_frame(0x00, "x");
  wire += raw_frame(0x80, "x");
  auto text = decode_all(server, wire);
  REQUIRE(text);
  CHECK(text->payload.size() == 10000);
}

TEST_CASE("Compressed messages come back, from both sides, one state for many connections", "[net]") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i) + "\n";
  WebSocketCodec client = make_codec(false, true);
  WebSocketCodec server = make_codec(true, true);
  WebSocketCodec other = make_codec(true, true);
  for (int round = 0; round < 3; ++round) {
    std::string wire;
    client.encode_text(text, wire);
    CHECK(wire.size() < text.size() / 2);
    // Two connections receive interleaved: neither may disturb the other's state.
    std::string twice = wire;
    std::span<char> first_half(twice.data(), twice.size() / 2);
    REQUIRE_FALSE(other.decode(first_half));
    auto frame = decode_all(server, wire);
    REQUIRE(frame);
    CHECK(frame->payload == text);
    std::span<char> second_half(twice.data() + twice.size() / 2, twice.size() - twice.size() / 2);
    auto late = other.decode(second_half);
    REQUIRE(late);
    CHECK(late->payload == text);
  }
}

TEST_CASE("Blocks of data in base64 travel as they are, texts are deflated", "[net]") {
  constexpr char kCompressed = 0x40;  // RSV1
  const auto first_byte_of = [](const std::string& text) {
    WebSocketCodec codec = make_codec(true, true);
    std::string wire;
    codec.encode_text(text, wire);
    return wire.front();
  };
  std::string base64(40'000, 'A');
  for (std::size_t i = 0; i < base64.size(); ++i) base64[i] = static_cast<char>('A' + i * i % 26);
  CHECK((first_byte_of(R"({"type":26,"download_data":{"data":"$0$)" + base64 + "\"}}") & kCompressed) == 0);
  std::string listing;
  while (listing.size() < 40'000) listing += R"({"name":"x.txt","mod":420,"user":"root"},)";
  CHECK((first_byte_of(listing) & kCompressed) != 0);
  CHECK((first_byte_of(std::string(2'000, 'x')) & kCompressed) != 0);
}

TEST_CASE("A deflate bomb is stopped at the limit", "[net]") {
  std::string bomb;
  deflate_message(std::string(50'000'000, '\0'), bomb);
  REQUIRE(bomb.size() < 60'000 * 4);
  WebSocketCodec server = make_codec(true, true, 1'000'000);
  std::string wire;
  std::size_t used = 0;
  for (bool first = true; used < bomb.size(); first = false) {
    std::string_view part = std::string_view(bomb).substr(used, 60000);
    used += part.size();
    wire +=
        raw_frame(static_cast<unsigned char>((first ? 0x41 : 0x00) | (used == bomb.size() ? 0x80 : 0)), part);
  }
  CHECK(error_of(server, wire) == Errc::too_large);
  CHECK(server.close_code() == 1009);
}

TEST_CASE("A close frame carries code and reason", "[net]") {
  WebSocketCodec client = make_codec(false);
  WebSocketCodec server = make_codec(true);
  std::string wire;
  client.encode_close(1001, "going away", wire);
  auto frame = decode_all(server, wire);
  REQUIRE(frame);
  CHECK(frame->kind == WebSocketFrame::Kind::close);
  CHECK(frame->code == 1001);
  CHECK(frame->payload == "going away");
}

namespace {
HttpHead upgrade_request() {
  HttpHead head;
  head.method = "GET";
  head.headers = {{"Upgrade", "WebSocket"},
                  {"Connection", "Upgrade"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return head;
}
}  // namespace

TEST_CASE("The upgrade answers RFC 6455's sample key", "[net]") {
  Upgrade upgrade = accept_upgrade(upgrade_request(), true);
  CHECK(upgrade.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(upgrade.extensions.empty());
}

TEST_CASE("An answer to another key is refused", "[net]") {
  HttpHead response;
  response.status = 101;
  response.headers = {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}};
  CHECK_FALSE(check_upgrade(response, "dGhlIHNhbXBsZSBub25jZQ=="));
  CHECK_THROWS_AS(check_upgrade(response, "AAAAAAAAAAAAAAAAAAAAAA=="), Error);
}

TEST_CASE("An upgrade without a key or with another version is refused by name", "[net]") {
  HttpHead head = upgrade_request();
  head.headers[3].second = "";
  CHECK_THROWS_WITH(accept_upgrade(head, true), Catch::Contains("Sec-WebSocket-Key"));
  head = upgrade_request();
  head.headers[2].second = "8";
  CHECK_THROWS_WITH(accept_upgrade(head, true), Catch::Contains("Sec-WebSocket-Version"));
}
