#include "net/http.hpp"

#include <http_parser.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace agent::net {
namespace {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

int status_of(http_errno error) {
  switch (error) {
    case HPE_HEADER_OVERFLOW: return 431;
    case HPE_INVALID_METHOD: return 501;
    case HPE_INVALID_VERSION: return 505;
    default: return 400;
  }
}

constexpr std::uint64_t kNoLength = ~std::uint64_t{0};

}  // namespace

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

struct HttpParser::Impl {
  Impl(Kind the_kind, const HttpLimits& the_limits) : kind(the_kind), limits(the_limits) {
    http_parser_init(&parser, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE);
    parser.data = this;
  }

  static Impl& of(http_parser* parser) { return *static_cast<Impl*>(parser->data); }

  // Counts what makes up the head; false stops the parser.
  bool count(std::size_t bytes) {
    head_bytes += bytes;
    if (head_bytes <= limits.head && head.headers.size() <= limits.header_count) return true;
    too_large = true;
    return false;
  }

  int begin() {
    head = HttpHead{};
    head_bytes = 0;
    value_open = false;
    idle = false;
    return 0;
  }

  int add_target(std::string_view text) {
    head.target.append(text);
    return count(text.size()) ? 0 : 1;
  }

  int add_reason(std::string_view text) {
    head.reason.append(text);
    return count(text.size()) ? 0 : 1;
  }

  int add_field(std::string_view text) {
    if (in_body) return count(text.size()) ? 0 : 1;  // a trailer: of no interest
    if (value_open || head.headers.empty()) head.headers.emplace_back();
    value_open = false;
    head.headers.back().first.append(text);
    return count(text.size()) ? 0 : 1;
  }

  int add_value(std::string_view text) {
    value_open = true;
    if (!in_body && !head.headers.empty()) head.headers.back().second.append(text);
    return count(text.size()) ? 0 : 1;
  }

  int finish_head() {
    in_body = true;
    for (auto& [name, value] : head.headers) value.resize(value.find_last_not_of(" \t") + 1);
    if (kind == Kind::request) {
      head.method = http_method_str(static_cast<http_method>(parser.method));
    } else {
      head.status = parser.status_code;
    }
    // Another protocol than WebSocket is not on offer: what follows is HTTP.
    if (kind == Kind::request && !equals_ignoring_case(head.header("upgrade"), "websocket"))
      parser.upgrade = 0;
    head.upgrade = parser.upgrade != 0;
    head.keep_alive = http_should_keep_alive(&parser) != 0;
    head.chunked = (parser.flags & F_CHUNKED) != 0;
    if ((parser.flags & F_CONTENTLENGTH) != 0 && parser.content_length != kNoLength) {
      head.content_length = parser.content_length;
    }
    http_parser_pause(&parser, 1);
    event = Event::head;
    return no_body ? 1 : 0;
  }

  int add_body(std::string_view text) {
    body = text;
    if (head.chunked && (chunk_left -= text.size()) == 0) {
      chunk_end = "\r\n";
      bool consumed_one = text.data() + text.size() != input.data() + input.size();
      if (consumed_one) bad_chunk = !is_chunk_end(text.data()[text.size()]);
    }
    http_parser_pause(&parser, 1);
    event = Event::body;
    return 0;
  }

  // Debian's http_parser is built without its strict checks: it would take any two bytes for the line end
  // behind a chunk, and what a proxy in front of us counts differently is a second request (smuggling).
  bool is_chunk_end(char byte) {
    bool right = byte == chunk_end.front();
    chunk_end.remove_prefix(1);
    return right;
  }

  void check_chunk_end() {
    for (std::size_t i = 0; i < input.size() && !chunk_end.empty() && !bad_chunk; ++i) {
      bad_chunk = !is_chunk_end(input[i]);
    }
  }

  int finish_message() {
    in_body = false;
    idle = true;
    no_body = false;
    http_parser_pause(&parser, 1);
    event = Event::end;
    return 0;
  }

  // Such a parser is of no further use: http_parser aborts the program when it is asked again.
  bool has_failed() const {
    const http_errno error = HTTP_PARSER_ERRNO(&parser);
    return too_large || bad_chunk || (error != HPE_OK && error != HPE_PAUSED);
  }

  [[noreturn]] void fail() const {
    if (too_large) throw HttpFault(431, "the request's head is too large");
    if (bad_chunk) throw HttpFault(400, "a chunk of the body is longer than it said");
    http_errno error = HTTP_PARSER_ERRNO(&parser);
    throw HttpFault(status_of(error), http_errno_description(error));
  }

  // HTTP/1.1 requests must name the host (RFC 9112, 3.2).
  void check_head() const {
    if (parser.http_major != 1) throw HttpFault(505, "only HTTP/1.0 and HTTP/1.1 are understood");
    if (kind == Kind::request && parser.http_minor >= 1 && head.header("host").empty()) {
      throw HttpFault(400, "missing required Host header");
    }
  }

  static const http_parser_settings& settings();

  http_parser parser;
  Kind kind;
  HttpLimits limits;
  HttpHead head;
  std::string_view body;
  std::span<const char> input;   // what parse() was given
  std::uint64_t chunk_left = 0;  // bytes until the end of the current chunk
  std::string_view chunk_end;    // what must follow before anything else
  bool bad_chunk = false;
  Event event = Event::need_more;
  std::size_t head_bytes = 0;
  bool value_open = false;
  bool in_body = false;
  bool too_large = false;
  bool no_body = false;
  bool idle = true;
};

const http_parser_settings& HttpParser::Impl::settings() {
  static const http_parser_settings made = [] {
    http_parser_set_max_header_size(1u << 20);  // ours are counted in count()
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_message_begin = [](http_parser* p) { return of(p).begin(); };
    s.on_url = [](http_parser* p, const char* at, std::size_t n) { return of(p).add_target({at, n}); };
    s.on_status = [](http_parser* p, const char* at, std::size_t n) { return of(p).add_reason({at, n}); };
    s.on_header_field = [](http_parser* p, const char* at, std::size_t n) {
      return of(p).add_field({at, n});
    };
    s.on_header_value = [](http_parser* p, const char* at, std::size_t n) {
      return of(p).add_value({at, n});
    };
    s.on_headers_complete = [](http_parser* p) { return of(p).finish_head(); };
    s.on_chunk_header = [](http_parser* p) {
      of(p).chunk_left = p->content_length;
      return 0;
    };
    s.on_body = [](http_parser* p, const char* at, std::size_t n) { return of(p).add_body({at, n}); };
    s.on_message_complete = [](http_parser* p) { return of(p).finish_message(); };
    return s;
  }();
  return made;
}

HttpParser::HttpParser(Kind kind, const HttpLimits& limits) : impl_(std::make_unique<Impl>(kind, limits)) {}
HttpParser::~HttpParser() = default;

HttpParser::Event HttpParser::parse(std::span<char>& bytes) {
  Impl& impl = *impl_;
  if (impl.has_failed()) impl.fail();
  if (bytes.empty()) return Event::need_more;
  impl.event = Event::need_more;
  impl.input = bytes;
  impl.check_chunk_end();
  if (impl.has_failed()) impl.fail();
  http_parser_pause(&impl.parser, 0);
  std::size_t used = http_parser_execute(&impl.parser, &Impl::settings(), bytes.data(), bytes.size());
  bytes = bytes.subspan(used);
  if (impl.has_failed()) impl.fail();
  if (impl.event == Event::head) impl.check_head();
  return impl.event;
}

HttpHead& HttpParser::head() { return impl_->head; }
std::string_view HttpParser::body() const { return impl_->body; }
void HttpParser::expect_no_body() { impl_->no_body = true; }
bool HttpParser::is_idle() const { return impl_->idle; }

bool HttpParser::finish() {
  Impl& impl = *impl_;
  if (impl.idle || impl.has_failed()) return false;
  http_parser_pause(&impl.parser, 0);
  impl.event = Event::need_more;
  http_parser_execute(&impl.parser, &Impl::settings(), nullptr, 0);
  return impl.event == Event::end;
}

void write_response_head(std::string& out, int status, const HeaderList& headers) {
  char digits[8];
  auto end = std::to_chars(digits, digits + sizeof digits, status).ptr;
  out.append("HTTP/1.1 ").append(digits, end).append(" ").append(reason_phrase(status)).append("\r\n");
  for (const auto& [name, value] : headers) out.append(name).append(": ").append(value).append("\r\n");
  out.append("\r\n");
}

void write_request_head(std::string& out, std::string_view method, std::string_view target,
                        const HeaderList& headers) {
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  for (const auto& [name, value] : headers) out.append(name).append(": ").append(value).append("\r\n");
  out.append("\r\n");
}

void write_chunk(std::string& out, std::string_view data) {
  char digits[20];
  auto end = std::to_chars(digits, digits + sizeof digits, data.size(), 16).ptr;
  out.append(digits, end).append("\r\n").append(data).append("\r\n");
}

std::string_view reason_phrase(int status) {
  switch (status) {
#define AGENT_REASON(number, name, text) \
  case number: return #text;
    HTTP_STATUS_MAP(AGENT_REASON)
#undef AGENT_REASON
    default: return "Unknown";
  }
}

}  // namespace agent::net
