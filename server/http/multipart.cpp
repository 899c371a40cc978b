#include "http/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/error.hpp"
#include "base/ascii_case.hpp"

namespace server {
namespace {

using agent::equals_ignoring_case;
using agent::Errc;
using agent::Error;

constexpr std::size_t kMaxBoundary = 70;         // RFC 2046, 5.1.1
constexpr std::size_t kCompactFrom = 64 * 1024;  // used bytes are cut off the buffer from here on

[[noreturn]] void fail(const std::string& why) { throw Error(Errc::bad_message, "multipart: " + why); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value up to the next ';' that is in no quotes; `text` is what follows.
std::string_view take_value(std::string_view& text) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size() && (quoted || text[end] != ';'); ++end) {
    if (text[end] == '\\' && quoted && end + 1 < text.size())
      ++end;
    else if (text[end] == '"')
      quoted = !quoted;
  }
  std::string_view value = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trim(value);
}

// Browsers escape only quotes, and leave backslashes of Windows paths as they are.
std::string unquote(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_escape =
        value[i] == '\\' && i + 1 < value.size() && (value[i + 1] == '"' || value[i + 1] == '\\');
    if (is_escape) ++i;
    out += value[i];
  }
  return out;
}

// A parameter of a header's value, such as the boundary.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  take_value(header);
  while (!header.empty()) {
    const std::string_view pair = take_value(header);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !equals_ignoring_case(trim(pair.substr(0, equals)), name))
      continue;
    return unquote(trim(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view content_type, const MultipartLimits& limits)
    : limits_(limits) {
  std::string_view rest_of_header = content_type;
  if (!equals_ignoring_case(take_value(rest_of_header), "multipart/form-data")) {
    throw Error(Errc::bad_message, "request Content-Type isn't multipart/form-data");
  }
  const std::optional<std::string> boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary)
    throw Error(Errc::bad_message, "no multipart boundary param in Content-Type");
  delimiter_ = "\r\n--" + *boundary;
}

void MultipartParser::feed(std::string_view bytes) {
  if (state_ == State::ended) return;
  if (used_ == buffer_.size() || used_ >= kCompactFrom) {
    buffer_.erase(0, used_);
    used_ = 0;
  }
  buffer_.append(bytes);
}

void MultipartParser::finish() const {
  if (state_ != State::ended) fail("the body ends without the final boundary");
}

void MultipartParser::take(std::size_t count) { used_ += count; }

MultipartParser::Event MultipartParser::next() {
  switch (state_) {
    case State::preamble: return skip_preamble();
    case State::after_boundary: return read_boundary_end();
    case State::head: return read_head();
    case State::body: return read_body();
    case State::ended: return Event::end;
  }
  return Event::end;
}

MultipartParser::Event MultipartParser::skip_preamble() {
  const std::size_t found = rest().find(delimiter_);
  const std::size_t keep = delimiter_.size() - 1;
  const bool is_found = found != std::string_view::npos;
  const std::size_t ignorable = is_found ? found : rest().size() > keep ? rest().size() - keep : 0;
  ignored_ += ignorable;
  if (ignored_ > limits_.preamble) fail("no boundary at the beginning of the body");
  if (is_found) {
    take(found + delimiter_.size());
    state_ = State::after_boundary;
    return next();
  }
  take(ignorable);
  return Event::need_more;
}

// The text behind a boundary: "--" ends it all, white space and a line end begin a part.
MultipartParser::Event MultipartParser::read_boundary_end() {
  while (!rest().empty() && (rest().front() == ' ' || rest().front() == '\t')) take(1);
  if (rest().size() < 2) return Event::need_more;
  const std::string_view two = rest().substr(0, 2);
  if (two != "--" && two != "\r\n") fail("a boundary with something behind it");
  take(2);
  if (two == "--") {
    state_ = State::ended;
    std::string().swap(buffer_);
    used_ = 0;
    return Event::end;
  }
  if (++parts_ > limits_.parts) {
    throw Error(Errc::too_large, fmt::format("multipart: more than {} parts", limits_.parts));
  }
  name_.clear();
  filename_.reset();
  state_ = State::head;
  return next();
}

MultipartParser::Event MultipartParser::read_head() {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t end = rest().find(kEnd);
  const std::size_t begun = std::min(kEnd.size() - 1, rest().size());  // of the end, at most
  if (std::min(end, rest().size() - begun) > limits_.part_head) {
    throw Error(Errc::too_large,
                fmt::format("multipart: a part's head has more than {} bytes", limits_.part_head));
  }
  if (end == std::string_view::npos) return Event::need_more;
  std::string_view head = rest().substr(0, end);
  while (!head.empty()) {
    const std::size_t line_end = std::min(head.find("\r\n"), head.size());
    read_header(head.substr(0, line_end));
    head.remove_prefix(std::min(line_end + 2, head.size()));
  }
  if (name_.empty()) fail("a part without a name");
  take(end + kEnd.size());
  state_ = State::body;
  return Event::part;
}

void MultipartParser::read_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) fail("a part's head that has no headers");
  if (!equals_ignoring_case(trim(line.substr(0, colon)), "Content-Disposition")) return;
  const std::string_view value = trim(line.substr(colon + 1));
  std::string_view rest_of_value = value;
  if (!equals_ignoring_case(take_value(rest_of_value), "form-data")) fail("a part that is no form-data");
  name_ = parameter(value, "name").value_or(std::string());
  filename_ = parameter(value, "filename");
}

// Everything up to the delimiter; what may be its beginning waits for more.
MultipartParser::Event MultipartParser::read_body() {
  const std::size_t found = rest().find(delimiter_);
  const std::size_t keep = delimiter_.size() - 1;
  const std::size_t ready = found != std::string_view::npos ? found
                            : rest().size() > keep          ? rest().size() - keep
                                                            : 0;
  if (ready > 0) {
    data_ = rest().substr(0, ready);
    take(ready);
    return Event::data;
  }
  if (found == std::string_view::npos) return Event::need_more;
  take(delimiter_.size());
  state_ = State::after_boundary;
  return Event::part_end;
}

}  // namespace server
