#include "net/http.hpp"

#include <http_parser.h>

#include <algorithm>
#include <charconv>

#include "base/ascii_case.hpp"
#include "net/http_body.hpp"
#include "net/http_rules.hpp"
#include "net/http_text.hpp"

namespace agent::net {
namespace {

int status_of(http_errno error) {
  switch (error) {
    case HPE_HEADER_OVERFLOW: return 431;
    default: return 400;  // an unknown method, too: the parser cannot tell it from garbage
  }
}

constexpr std::uint64_t kNoLength = ~std::uint64_t{0};

// Headers of a request; room for more is made as they come.
constexpr std::size_t kUsualHeaders = 8;

// Each as "name: value", and the empty line: in one piece, since there are many small ones.
void append_lines(std::string& out, const HeaderList& headers) {
  constexpr std::string_view kColon = ": ";
  constexpr std::string_view kEnd = "\r\n";
  std::size_t size = kEnd.size();
  for (const auto& [name, value] : headers) size += name.size() + kColon.size() + value.size() + kEnd.size();
  const std::size_t begin = out.size();
  out.resize(begin + size);
  char* to = out.data() + begin;
  const auto put = [&to](std::string_view text) { to += text.copy(to, text.size()); };
  for (const auto& [name, value] : headers) {
    put(name);
    put(kColon);
    put(value);
    put(kEnd);
  }
  put(kEnd);
}

}  // namespace

std::string_view HttpHead::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

std::size_t HttpHead::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [name](const auto& line) {
    return equals_ignoring_case(line.first, name);
  }));
}

bool HttpHead::lists(std::string_view name, std::string_view token) const {
  return std::any_of(headers.begin(), headers.end(), [name, token](const auto& line) {
    return equals_ignoring_case(line.first, name) && list_has(line.second, token);
  });
}

// http_parser reads heads only; it starts anew for each.
struct HttpParser::Impl {
  Impl(Kind the_kind, const HttpLimits& the_limits) : kind(the_kind), limits(the_limits) { restart(); }

  static Impl& of(http_parser* parser) { return *static_cast<Impl*>(parser->data); }

  void restart() {
    http_parser_init(&parser, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE);
    parser.data = this;
    head_bytes = 0;
    head_complete = false;
    lines = RequestLines();
  }

  // ---- what http_parser calls

  int begin() {
    head = HttpHead{};
    head.headers.reserve(kUsualHeaders);
    value_open = false;
    idle = false;
    return 0;
  }

  int add_field(std::string_view text) {
    if (value_open || head.headers.empty()) head.headers.emplace_back();
    value_open = false;
    head.headers.back().first.append(text);
    return head.headers.size() <= limits.header_count ? 0 : 1;
  }

  int add_value(std::string_view text) {
    value_open = true;
    if (!head.headers.empty()) head.headers.back().second.append(text);
    return 0;
  }

  int complete_head() {
    head_complete = true;
    for (auto& [name, value] : head.headers) value.resize(value.find_last_not_of(" \t") + 1);
    if (kind == Kind::request) {
      head.method = http_method_str(static_cast<http_method>(parser.method));
    } else {
      head.status = parser.status_code;
    }
    head.minor = parser.http_minor;
    // Another protocol than WebSocket is not on offer: what follows is HTTP.
    if (kind == Kind::request && !head.lists("upgrade", "websocket")) parser.upgrade = 0;
    head.upgrade = parser.upgrade != 0;
    head.keep_alive = http_should_keep_alive(&parser) != 0;
    head.chunked = (parser.flags & F_CHUNKED) != 0;
    if ((parser.flags & F_CONTENTLENGTH) != 0 && parser.content_length != kNoLength) {
      head.content_length = parser.content_length;
    }
    http_parser_pause(&parser, 1);
    return 0;
  }

  // ---- the parts of a message

  Event parse(std::span<char>& bytes) {
    if (fault) throw HttpFault(*fault);
    return in_body ? parse_body(bytes) : parse_head(bytes);
  }

  Event parse_head(std::span<char>& bytes) {
    if (bytes.empty()) return Event::need_more;
    std::size_t used = http_parser_execute(&parser, &settings(), bytes.data(), bytes.size());
    head_bytes += used;
    check_parsed();
    if (head_complete) {  // by a line end that is still there
      if (bytes[used] != '\n') throw HttpFault(400, "the head does not end in CR LF");
      ++used;
    }
    if (kind == Kind::request) lines.take({bytes.data(), used});
    bytes = bytes.subspan(used);
    if (!head_complete) return Event::need_more;
    check_head();
    begin_body();
    return Event::head;
  }

  void check_parsed() const {
    if (head_bytes > limits.head || head.headers.size() > limits.header_count) {
      throw HttpFault(431, "the request's head is too large");
    }
    const http_errno error = HTTP_PARSER_ERRNO(&parser);
    if (error != HPE_OK && error != HPE_PAUSED)
      throw HttpFault(status_of(error), http_errno_description(error));
  }

  void check_head() const {
    if (parser.http_major != 1) throw HttpFault(505, "only HTTP/1.0 and HTTP/1.1 are understood");
    if (kind == Kind::request) check_request_head(head);
  }

  void begin_body() {
    body.begin(framing(), head.content_length.value_or(0), limits.head);
    in_body = true;
    no_body = false;
    restart();
  }

  HttpBody::Framing framing() const {
    const bool has_none = head.status / 100 == 1 || head.status == 204 || head.status == 304;
    if (no_body || has_none) return HttpBody::Framing::none;
    if (head.chunked) return HttpBody::Framing::chunked;
    if (head.content_length) return HttpBody::Framing::length;
    return kind == Kind::request ? HttpBody::Framing::none : HttpBody::Framing::until_close;
  }

  Event parse_body(std::span<char>& bytes) {
    piece = body.next(bytes);
    if (!piece.empty()) return Event::body;
    if (!body.at_end()) return Event::need_more;
    end();
    return Event::end;
  }

  void end() {
    in_body = false;
    idle = true;
  }

  static const http_parser_settings& settings();

  http_parser parser;
  const Kind kind;
  const HttpLimits limits;
  HttpHead head;
  RequestLines lines;
  HttpBody body;
  std::string_view piece;
  std::optional<HttpFault> fault;  // nothing more is understood
  std::size_t head_bytes = 0;
  bool value_open = false;
  bool head_complete = false;
  bool in_body = false;
  bool no_body = false;
  bool idle = true;
};

const http_parser_settings& HttpParser::Impl::settings() {
  static const http_parser_settings made = [] {
    http_parser_set_max_header_size(1u << 20);  // ours are counted in check_parsed()
    http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_message_begin = [](http_parser* p) { return of(p).begin(); };
    s.on_url = [](http_parser* p, const char* at, std::size_t n) {
      of(p).head.target.append(at, n);
      return 0;
    };
    s.on_status = [](http_parser* p, const char* at, std::size_t n) {
      of(p).head.reason.append(at, n);
      return 0;
    };
    s.on_header_field = [](http_parser* p, const char* at, std::size_t n) {
      return of(p).add_field({at, n});
    };
    s.on_header_value = [](http_parser* p, const char* at, std::size_t n) {
      return of(p).add_value({at, n});
    };
    s.on_headers_complete = [](http_parser* p) { return of(p).complete_head(); };
    return s;
  }();
  return made;
}

HttpParser::HttpParser(Kind kind, const HttpLimits& limits) : impl_(std::make_unique<Impl>(kind, limits)) {}
HttpParser::~HttpParser() = default;

HttpParser::Event HttpParser::parse(std::span<char>& bytes) {
  try {
    return impl_->parse(bytes);
  } catch (const HttpFault& fault) {
    impl_->fault.emplace(fault);
    throw;
  }
}

bool HttpParser::take_end() {
  if (!impl_->in_body || !impl_->body.at_end()) return false;
  impl_->end();
  return true;
}

HttpHead& HttpParser::head() { return impl_->head; }
std::string_view HttpParser::body() const { return impl_->piece; }
void HttpParser::expect_no_body() { impl_->no_body = true; }
bool HttpParser::is_idle() const { return impl_->idle; }

bool HttpParser::finish() {
  Impl& impl = *impl_;
  if (impl.idle || impl.fault) return false;
  if (impl.in_body && impl.body.finish()) {
    impl.end();
    return true;
  }
  impl.fault.emplace(400, "the connection ended in the middle of a message");
  return false;
}

void write_response_head(std::string& out, int status, const HeaderList& headers) {
  char digits[8];
  auto end = std::to_chars(digits, digits + sizeof digits, status).ptr;
  out.append("HTTP/1.1 ").append(digits, end).append(" ").append(reason_phrase(status)).append("\r\n");
  append_lines(out, headers);
}

void write_request_head(std::string& out, std::string_view method, std::string_view target,
                        const HeaderList& headers) {
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\n");
  append_lines(out, headers);
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
