#include "net/http_rules.hpp"

#include <algorithm>
#include <string>

#include "base/ascii_case.hpp"
#include "base/ip_bytes.hpp"
#include "net/http_text.hpp"

namespace agent::net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool are_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// Unreserved characters, sub-delimiters, and percent for what is encoded (RFC 3986, 3.2.2).
constexpr auto kNameChars = char_table("-._~!$&'()*+,;=%0123456789");
bool is_name_char(char c) { return kNameChars[static_cast<unsigned char>(c)]; }

// Bytes in front of the next CR or LF.
std::size_t line_size(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find('\r'));
  return std::min(line.find('\n'), line.size());
}

[[noreturn]] void fail_line_end() {
  throw HttpFault(400, "a line of the request's head does not end in CR LF");
}

bool is_ipv6(std::string_view text) {
  const auto ip = parse_ip(std::string(text));
  return ip && ip->bits == 128;
}

void check_names(const HttpHead& head) {
  for (const auto& [name, value] : head.headers) {
    if (!is_token(name)) {
      throw HttpFault(400, "a header's name has a blank in it or before its colon");
    }
  }
}

// "http://host:port/path" must name the host that Host names: one of the two would be overlooked.
void check_target(const HttpHead& head) {
  const std::string_view target = head.target;
  if (!std::all_of(target.begin(), target.end(), [](char c) { return is_value_char(c) && !is_blank(c); })) {
    throw HttpFault(400, "the request's target has a blank or a control character in it");
  }
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return;
  const std::string_view rest = target.substr(scheme + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  const bool is_named = head.count("host") > 0;
  if (!is_host(host) || (is_named && !equals_ignoring_case(host, head.header("host")))) {
    throw HttpFault(400, "the request's target names another host than its Host header");
  }
}

// Headers of one name.
struct Named {
  std::size_t count = 0;
  std::string_view first{};
};

Named find_named(const HttpHead& head, std::string_view wanted) {
  Named found;
  for (const auto& [name, value] : head.headers)
    if (equals_ignoring_case(name, wanted) && found.count++ == 0) found.first = value;
  return found;
}

void check_host(const HttpHead& head) {
  const Named host = find_named(head, "host");
  if (host.count == 0 && head.minor >= 1) throw HttpFault(400, "missing required Host header");
  if (host.count > 1) throw HttpFault(400, "more than one Host header");
  if (!is_host(host.first)) throw HttpFault(400, "malformed Host header");
}

void check_length(const HttpHead& head) {
  const Named length = find_named(head, "content-length");
  if (length.count == 0) return;
  if (length.count > 1 || length.first.empty() || !are_digits(length.first)) {
    throw HttpFault(400, "more than one Content-Length, or one that is no number");
  }
}

void check_coding(const HttpHead& head) {
  const Named coding = find_named(head, "transfer-encoding");
  if (coding.count == 0) return;
  if (head.minor == 0) throw HttpFault(400, "Transfer-Encoding in HTTP/1.0");
  if (coding.count > 1 || !equals_ignoring_case(coding.first, "chunked")) {
    throw HttpFault(501, "unsupported transfer encoding: one 'chunked' is understood, and nothing else");
  }
  if (head.count("content-length") > 0) {
    throw HttpFault(400, "Content-Length and Transfer-Encoding in one request");
  }
}

}  // namespace

void RequestLines::take(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t inside = line_size(bytes);
    if (inside > 0) take_text(bytes.substr(0, inside));
    bytes.remove_prefix(inside);
    for (; !bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n'); bytes.remove_prefix(1))
      take_end(bytes.front());
  }
}

// One of the two characters of a line's end.
void RequestLines::take_end(char c) {
  if ((c == '\n') != (before_ == '\r')) fail_line_end();
  before_ = c;
  if (c == '\n') end_line();
}

// Without a line's end.
void RequestLines::take_text(std::string_view text) {
  if (before_ == '\r') fail_line_end();
  if (at_begin_ && in_headers_ && is_blank(text.front()))
    throw HttpFault(400, "a header goes on in the next line");
  if (!in_headers_) blanks_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
  has_begun_ = true;
  at_begin_ = false;
  before_ = text.back();
}

// Empty lines ahead of a request are nothing (RFC 9112, 2.2).
void RequestLines::end_line() {
  if (has_begun_ && !in_headers_ && blanks_ != 2) {
    throw HttpFault(400, "the request line is not method, target and version with one blank between them");
  }
  in_headers_ = has_begun_;
  at_begin_ = true;
}

void check_request_head(const HttpHead& head) {
  check_names(head);
  check_host(head);
  check_target(head);
  check_length(head);
  check_coding(head);
}

bool is_host(std::string_view text) {
  const std::size_t bracket = text.find(']');
  const std::size_t name_end =
      text.starts_with('[') ? std::min(bracket, text.size() - 1) + 1 : std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, name_end);
  const std::string_view port = text.substr(name_end);
  const bool is_port =
      port.empty() || (port.front() == ':' && port.size() <= 6 && are_digits(port.substr(1)));
  if (!is_port) return false;
  if (!name.starts_with('[')) return std::all_of(name.begin(), name.end(), is_name_char);
  return name.size() > 2 && name.ends_with(']') && is_ipv6(name.substr(1, name.size() - 2));
}

}  // namespace agent::net
