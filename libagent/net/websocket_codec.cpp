#include "net/websocket_codec.hpp"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>
#include <websocketpp/base64/base64.hpp>
#include <websocketpp/close.hpp>
#include <websocketpp/common/network.hpp>
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
#include "net/extensions.hpp"
#include "net/upgrade_rules.hpp"

namespace agent::net {
namespace {

namespace ws = websocketpp;

constexpr std::size_t kDeflateFrom = 1024;  // smaller messages gain nothing
// A block of data in base64: deflate would save a quarter and take ten times as long as the rest of the way.
constexpr std::size_t kBlockFrom = 16 * 1024;
constexpr std::size_t kBlockSample = 256;
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

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

// websocketpp finds the order of bytes out when it is first asked, without a lock: before there are loops.
[[maybe_unused]] const std::uint64_t kOrderIsKnown = ws::lib::net::_htonll(0);

using Processor = ws::processor::hybi13<CodecConfig>;

// Opens what negotiation sets inside the processor: ours happens in accept_upgrade and check_upgrade.
class Decoder : public Processor {
 public:
  Decoder(const WebSocketOptions& options, CodecConfig::con_msg_manager_type::ptr messages,
          CodecConfig::rng_type& random)
      : Processor(false, options.is_server, std::move(messages), random) {
    set_max_message(options.max_message);
    if (options.deflate) m_permessage_deflate.enable();
  }
  Deflate& deflate() { return m_permessage_deflate; }

  void set_max_message(std::size_t bytes) {
    set_max_message_size(bytes);
    m_permessage_deflate.set_limit(bytes);
  }
  // Between two messages: nothing of the next one has been seen.
  bool is_idle() const {
    return m_state == HEADER_BASIC && m_bytes_needed == ws::frame::BASIC_HEADER_LENGTH && !m_data_msg.msg_ptr;
  }
  std::size_t held() const {
    const std::size_t text = m_data_msg.msg_ptr ? m_data_msg.msg_ptr->get_payload().size() : 0;
    return text + (m_permessage_deflate.is_active() ? kInflateMemory : 0);
  }
  void give_up() {
    m_permessage_deflate.end_message();
    m_data_msg.msg_ptr.reset();
    m_control_msg.msg_ptr.reset();
    m_state = FATAL_ERROR;
  }
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

// RFC 6455, 7.4: codes below 1000 are not used, some only describe what was seen, and those that nobody has
// registered (IANA, "WebSocket Close Code Number Registry") mean nothing.
bool is_close_code(std::uint16_t code) {
  if (code == 1004 || code == 1005 || code == 1006) return false;
  return (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999);
}

std::size_t size_on_wire(const WebSocketFrame& control, bool masked) {
  constexpr std::size_t kMask = 4;
  return ws::frame::BASIC_HEADER_LENGTH + (masked ? kMask : 0) + control.payload.size();
}

WebSocketFrame::Kind kind_of(ws::frame::opcode::value opcode) {
  switch (opcode) {
    case ws::frame::opcode::close: return WebSocketFrame::Kind::close;
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

// What of `text` is UTF-8, up to the last whole character.
std::string_view whole_characters(std::string_view text) {
  ws::utf8_validator::validator validator;
  std::size_t whole = 0;
  for (std::size_t i = 0; i < text.size() && validator.consume(static_cast<std::uint8_t>(text[i])); ++i) {
    if (validator.complete()) whole = i + 1;
  }
  return text.substr(0, whole);
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
    const std::uint16_t code = close_code_of(error, decoder.deflate());
    if (code != ws::close::status::message_too_big) fail(code, error.message());
    fail(code, "message larger than " + std::to_string(decoder.get_max_message_size()) + " bytes");
  }

  [[noreturn]] void fail(std::uint16_t code, const std::string& why) {
    close_code = code;
    throw Error(code == ws::close::status::message_too_big ? Errc::too_large : Errc::bad_message,
                "WebSocket: " + why);
  }

  // `used`: bytes that the last decode() took, perhaps of several frames.
  WebSocketFrame take_frame(std::size_t used) {
    auto message = decoder.get_message();
    WebSocketFrame frame{
        .kind = kind_of(message->get_opcode()), .code = 0, .payload = std::move(message->get_raw_payload())};
    if (ws::frame::opcode::is_control(message->get_opcode())) {
      received += used;  // of the message that it interrupts
      received -= std::min(received, size_on_wire(frame, options.is_server));
      if (frame.kind == WebSocketFrame::Kind::close) read_close(frame);
      return frame;
    }
    received = 0;
    if (message->get_compressed() && !decoder.deflate().end_message())
      fail(ws::close::status::protocol_error, "compressed data was cut short");
    return frame;
  }

  // RFC 6455, 5.5.1: nothing, or a code and a reason in UTF-8.
  void read_close(WebSocketFrame& frame) {
    const std::string payload = std::move(frame.payload);
    frame.code = ws::close::status::no_status;
    frame.payload.clear();
    if (payload.empty()) return;
    if (payload.size() == 1) fail(ws::close::status::protocol_error, "a close frame of one byte");
    frame.code = static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8) |
                                            static_cast<unsigned char>(payload[1]));
    frame.payload = payload.substr(2);
    if (!is_close_code(frame.code))
      fail(ws::close::status::protocol_error, "a close code of " + std::to_string(frame.code));
    if (!ws::utf8_validator::validate(frame.payload))
      fail(ws::close::status::invalid_payload, "a reason to close that is not UTF-8");
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
  std::size_t received = 0;              // bytes of the message that is arriving
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
  if (impl_->decoder.ready()) return impl_->take_frame(used);
  impl_->received += used;
  return std::nullopt;
}

std::optional<WebSocketCodec::Unfinished> WebSocketCodec::unfinished() const {
  if (impl_->decoder.is_idle()) return std::nullopt;
  return Unfinished{.received = impl_->received, .held = impl_->decoder.held()};
}

void WebSocketCodec::give_up() { impl_->decoder.give_up(); }

void WebSocketCodec::set_permission(std::function<bool(std::size_t)> may_hold) {
  impl_->decoder.deflate().set_permission(std::move(may_hold));
}

void WebSocketCodec::set_max_message(std::size_t bytes) { impl_->decoder.set_max_message(bytes); }

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
  payload.append(whole_characters(reason.substr(0, kMostReason)));
  impl_->encode(ws::frame::opcode::close, payload, false, out);
}

std::string make_upgrade_key() {
  unsigned char key[16];
  fill_random(key);
  return ws::base64_encode(key, sizeof key);
}

Upgrade accept_upgrade(const HttpHead& request, bool allow_deflate) {
  check_upgrade_request(request);
  const std::string_view key = request.header("sec-websocket-key");
  Upgrade upgrade{.accept = accept_of(key), .extensions = {}, .deflate = false};
  const std::vector<Extension> offers = extensions_of(request);
  if (allow_deflate) upgrade.extensions = answer_offers(offers);
  upgrade.deflate = !upgrade.extensions.empty();
  return upgrade;
}

bool check_upgrade(const HttpHead& response, std::string_view key, bool offered) {
  if (response.status != 101)
    throw Error(Errc::refused, "the server answered " + std::to_string(response.status));
  check_upgrade_answer(response);
  if (response.header("sec-websocket-accept") != accept_of(key)) {
    throw Error(Errc::bad_message, "Sec-WebSocket-Accept does not fit the key");
  }
  return check_answer(extensions_of(response), offered);
}

}  // namespace agent::net
