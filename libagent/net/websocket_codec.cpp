#include "net/websocket_codec.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <random>
#include <websocketpp/base64/base64.hpp>
#include <websocketpp/close.hpp>
#include <websocketpp/http/request.hpp>
#include <websocketpp/http/response.hpp>
#include <websocketpp/message_buffer/alloc.hpp>
#include <websocketpp/message_buffer/message.hpp>
#include <websocketpp/processors/hybi13.hpp>
#include <websocketpp/random/none.hpp>
#include <websocketpp/sha1/sha1.hpp>

#include "agent/error.hpp"
#include "base/random_bytes.hpp"
#include "net/deflate.hpp"
#include "net/upgrade_rules.hpp"

namespace agent::net {
namespace {

namespace ws = websocketpp;

constexpr std::size_t kDeflateFrom = 1024;  // smaller messages gain nothing
// A block of data in base64: deflate would save a quarter and take ten times as long as the rest of the way.
constexpr std::size_t kBlockFrom = 16 * 1024;
constexpr std::size_t kBlockSample = 256;
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::string_view kDeflateTerms =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

// What of websocketpp's configuration the bare processor asks for.
struct CodecConfig {
  using request_type = ws::http::parser::request;
  using response_type = ws::http::parser::response;
  using message_type = ws::message_buffer::message<ws::message_buffer::alloc::con_msg_manager>;
  using con_msg_manager_type = ws::message_buffer::alloc::con_msg_manager<message_type>;
  using rng_type = ws::random::none::int_generator<std::uint32_t>;
  using permessage_deflate_type = Deflate;
  static constexpr bool enable_extensions = true;
  static constexpr std::size_t max_message_size = 0;  // set per connection
};

using Processor = ws::processor::hybi13<CodecConfig>;

// Opens what negotiation sets inside the processor: ours happens in accept_upgrade and check_upgrade.
class Decoder : public Processor {
 public:
  Decoder(const WebSocketOptions& options, CodecConfig::con_msg_manager_type::ptr messages,
          CodecConfig::rng_type& random)
      : Processor(false, options.is_server, std::move(messages), random) {
    set_max_message_size(options.max_message);
    if (options.deflate) m_permessage_deflate.enable(options.max_message);
  }
  Deflate& deflate() { return m_permessage_deflate; }
};

// Masks need not be secret here, only unlike each other: what we send is not under a third party's control.
class MaskSource {
 public:
  std::uint32_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = (state_ ^ (state_ >> 30)) * 0xBF58476D1CE4E5B9u;
    return static_cast<std::uint32_t>((z ^ (z >> 27)) >> 16);
  }

 private:
  std::uint64_t state_ = (static_cast<std::uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
};

CodecConfig::con_msg_manager_type::ptr shared_messages() {
  thread_local auto messages = std::make_shared<CodecConfig::con_msg_manager_type>();
  return messages;
}

std::uint16_t close_code_of(const std::error_code& error, const Deflate& deflate) {
  if (deflate.is_over_limit()) return ws::close::status::message_too_big;
  if (error == ws::processor::error::make_error_code(ws::processor::error::message_too_big)) {
    return ws::close::status::message_too_big;
  }
  if (error == ws::processor::error::make_error_code(ws::processor::error::invalid_utf8)) {
    return ws::close::status::invalid_payload;
  }
  return ws::close::status::protocol_error;
}

WebSocketFrame take_close(std::string payload) {
  WebSocketFrame frame{
      .kind = WebSocketFrame::Kind::close, .code = ws::close::status::no_status, .payload = {}};
  if (payload.size() >= 2) {
    frame.code = static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8) |
                                            static_cast<unsigned char>(payload[1]));
    frame.payload = payload.substr(2);
  }
  return frame;
}

WebSocketFrame::Kind kind_of(ws::frame::opcode::value opcode) {
  switch (opcode) {
    case ws::frame::opcode::ping: return WebSocketFrame::Kind::ping;
    case ws::frame::opcode::pong: return WebSocketFrame::Kind::pong;
    case ws::frame::opcode::binary: return WebSocketFrame::Kind::binary;
    default: return WebSocketFrame::Kind::text;
  }
}

bool is_base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

bool is_worth_deflating(std::string_view message) {
  if (message.size() < kDeflateFrom) return false;
  if (message.size() < kBlockFrom) return true;
  const std::string_view middle = message.substr((message.size() - kBlockSample) / 2, kBlockSample);
  return !std::all_of(middle.begin(), middle.end(), is_base64);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view cut(std::string_view& text, char separator) {
  std::size_t end = text.find(separator);
  std::string_view head = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return trim(head);
}

// What one "permessage-deflate; …" asks for.
struct DeflateTerms {
  bool is_deflate = false;
  bool server_no_takeover = false;
  bool client_no_takeover = false;
  bool acceptable = true;  // nothing that we can't do
};

DeflateTerms parse_terms(std::string_view extension, bool is_offer) {
  DeflateTerms terms;
  terms.is_deflate = cut(extension, ';') == "permessage-deflate";
  while (!extension.empty()) {
    std::string_view parameter = cut(extension, ';');
    std::string_view name = cut(parameter, '=');
    if (name == "server_no_context_takeover") {
      terms.server_no_takeover = true;
    } else if (name == "client_no_context_takeover") {
      terms.client_no_takeover = true;
    } else if (name == "client_max_window_bits" && is_offer) {
      continue;  // a permission that we leave unused
    } else {
      terms.acceptable = false;  // a smaller window than ours, or unknown
    }
  }
  return terms;
}

std::string accept_of(std::string_view key) {
  std::string text(key);
  text.append(kGuid);
  unsigned char digest[20];
  ws::sha1::calc(text.data(), text.size(), digest);
  return ws::base64_encode(digest, sizeof digest);
}

}  // namespace

struct WebSocketCodec::Impl {
  explicit Impl(const WebSocketOptions& the_options)
      : options(the_options), decoder(options, shared_messages(), random) {}

  [[noreturn]] void fail(const std::error_code& error) {
    close_code = close_code_of(error, decoder.deflate());
    Errc kind = close_code == ws::close::status::message_too_big ? Errc::too_large : Errc::bad_message;
    std::string why = kind == Errc::too_large
                          ? "message larger than " + std::to_string(options.max_message) + " bytes"
                          : error.message();
    throw Error(kind, "WebSocket: " + why);
  }

  WebSocketFrame take_frame() {
    auto message = decoder.get_message();
    decoder.deflate().end_message();
    auto opcode = message->get_opcode();
    if (opcode == ws::frame::opcode::close) return take_close(std::move(message->get_raw_payload()));
    return {.kind = kind_of(opcode), .code = 0, .payload = std::move(message->get_raw_payload())};
  }

  void encode(ws::frame::opcode::value opcode, std::string_view payload, bool compressed, std::string& out,
              std::string_view more = {}) {
    bool masked = !options.is_server;
    const std::size_t size = payload.size() + more.size();
    ws::frame::basic_header basic(opcode, size, true, masked, compressed);
    std::uint32_t key = masked ? masks.next() : 0;
    ws::frame::extended_header extended =
        masked ? ws::frame::extended_header(size, key) : ws::frame::extended_header(size);
    out.append(ws::frame::prepare_header(basic, extended));
    std::size_t start = out.size();
    out.append(payload).append(more);
    if (masked) unmask(reinterpret_cast<std::uint8_t*>(out.data() + start), size, key);
  }

  WebSocketOptions options;
  CodecConfig::rng_type random;  // unused: masks come from `masks`
  Decoder decoder;
  static thread_local MaskSource masks;  // a random_device per connection would cost a third of a connect
  std::uint16_t close_code = ws::close::status::normal;
};

thread_local MaskSource WebSocketCodec::Impl::masks;

WebSocketCodec::WebSocketCodec(const WebSocketOptions& options) : impl_(std::make_unique<Impl>(options)) {}
WebSocketCodec::~WebSocketCodec() = default;
WebSocketCodec::WebSocketCodec(WebSocketCodec&&) noexcept = default;

std::optional<WebSocketFrame> WebSocketCodec::decode(std::span<char>& bytes) {
  std::error_code error;
  std::size_t used =
      impl_->decoder.consume(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size(), error);
  if (error) impl_->fail(error);
  bytes = bytes.subspan(used);
  if (!impl_->decoder.ready()) return std::nullopt;
  return impl_->take_frame();
}

std::uint16_t WebSocketCodec::close_code() const { return impl_->close_code; }

void WebSocketCodec::encode_text(std::string_view payload, std::string& out) {
  if (!impl_->options.deflate || !is_worth_deflating(payload)) {
    impl_->encode(ws::frame::opcode::text, payload, false, out);
    return;
  }
  std::string compressed;
  deflate_message(payload, compressed);
  impl_->encode(ws::frame::opcode::text, compressed, true, out);
}

void WebSocketCodec::encode_binary(std::string_view head, std::string_view body, std::string& out) {
  impl_->encode(ws::frame::opcode::binary, head, false, out, body);
}

void WebSocketCodec::encode_ping(std::string_view payload, std::string& out) {
  impl_->encode(ws::frame::opcode::ping, payload, false, out);
}

void WebSocketCodec::encode_pong(std::string_view payload, std::string& out) {
  impl_->encode(ws::frame::opcode::pong, payload, false, out);
}

void WebSocketCodec::encode_close(std::uint16_t code, std::string_view reason, std::string& out) {
  constexpr std::size_t kMostReason = ws::frame::limits::payload_size_basic - 2;
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload.append(reason.substr(0, kMostReason));
  impl_->encode(ws::frame::opcode::close, payload, false, out);
}

std::string make_upgrade_key() {
  unsigned char key[16];
  fill_random(key);
  return ws::base64_encode(key, sizeof key);
}

std::string deflate_offer() { return std::string(kDeflateTerms); }

Upgrade accept_upgrade(const HttpHead& request, bool allow_deflate) {
  check_upgrade_request(request);
  const std::string_view key = request.header("sec-websocket-key");
  Upgrade upgrade{.accept = accept_of(key), .extensions = {}, .deflate = false};
  std::string_view offers = request.header("sec-websocket-extensions");
  while (allow_deflate && !offers.empty() && !upgrade.deflate) {
    DeflateTerms terms = parse_terms(cut(offers, ','), true);
    upgrade.deflate = terms.is_deflate && terms.acceptable;
  }
  if (upgrade.deflate) upgrade.extensions = kDeflateTerms;
  return upgrade;
}

bool check_upgrade(const HttpHead& response, std::string_view key) {
  if (response.status != 101)
    throw Error(Errc::refused, "the server answered " + std::to_string(response.status));
  check_upgrade_answer(response);
  if (response.header("sec-websocket-accept") != accept_of(key)) {
    throw Error(Errc::bad_message, "Sec-WebSocket-Accept does not fit the key");
  }
  std::string_view extensions = response.header("sec-websocket-extensions");
  if (trim(extensions).empty()) return false;
  DeflateTerms terms = parse_terms(cut(extensions, ','), false);
  bool agreed = terms.is_deflate && terms.acceptable && terms.server_no_takeover && terms.client_no_takeover;
  if (!agreed || !extensions.empty())
    throw Error(Errc::bad_message, "the server chose an extension that was not offered");
  return true;
}

}  // namespace agent::net
