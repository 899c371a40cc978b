#include "http/form.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/ascii_case.hpp"
#include "http/csv.hpp"
#include "http/reply.hpp"

namespace server {
namespace {

using agent::Errc;
using agent::Error;
using Event = MultipartParser::Event;

constexpr std::size_t kEpilogue = 64 * 1024;

[[noreturn]] void fail(const Error& error) {
  throw RequestError(error.code() == Errc::too_large ? 413 : 400, std::string(error.text()));
}

bool is_urlencoded(std::string_view content_type) {
  constexpr std::string_view kType = "application/x-www-form-urlencoded";
  content_type = content_type.substr(0, content_type.find(';'));
  content_type = content_type.substr(0, content_type.find_last_not_of(" \t") + 1);
  return agent::equals_ignoring_case(content_type, kType);
}

// Some clients send whole paths. A backslash is a character like others in the names of most agents' systems;
// an agent to which it is a separator refuses it.
std::string base_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace

Form::Form(Request* request) : request_(request) {
  try {
    parser_.emplace(request->head.header("Content-Type"));
  } catch (const Error& error) {
    why_no_file_ = error.text();
  }
}

RequestError Form::missing_file() const { return {400, "bad param: file:" + why_no_file_}; }

agent::Task<Event> Form::next() {
  for (;;) {
    try {
      const Event event = parser_->next();
      if (event != Event::need_more) co_return event;
    } catch (const Error& error) {
      fail(error);
    }
    std::string piece = co_await request_->read();
    try {
      if (piece.empty()) parser_->finish();
      parser_->feed(piece);
    } catch (const Error& error) {
      fail(error);
    }
  }
}

agent::Task<bool> Form::find_file(std::string name) {
  if (!parser_) {
    if (is_urlencoded(request_->head.header("Content-Type"))) co_await read_urlencoded();
    co_return false;
  }
  for (;;) {
    const Event event = co_await next();
    if (event == Event::end) co_return false;
    if (event != Event::part) continue;
    if (parser_->filename().value_or("").empty()) {
      co_await read_field();
    } else if (parser_->name() == name) {
      filename_ = base_name(*parser_->filename());
      co_return true;
    } else {
      note_key(parser_->name());
      co_await skip();
    }
  }
}

void Form::note_key(std::string_view name) {
  if (request_->known_keys != nullptr) request_->known_keys->check_field(name, request_->ignored_keys);
}

agent::Task<> Form::skip() {
  Event event = Event::part;
  while (event != Event::part_end) event = co_await next();
}

agent::Task<> Form::read_field() {
  const std::string name = parser_->name();
  std::string value;
  for (;;) {
    const Event event = co_await next();
    if (event == Event::part_end) break;
    add_field_bytes(parser_->data().size());
    value += parser_->data();
  }
  note_key(name);
  fields_[name].push_back(std::move(value));
}

agent::Task<> Form::read_urlencoded() {
  std::string body;
  for (bool more = true; more;) {
    const std::string piece = co_await request_->read();
    more = !piece.empty();
    add_field_bytes(piece.size());
    body += piece;
  }
  for (auto& [name, value] : parse_query(body)) {
    note_key(name);
    fields_[name].push_back(std::move(value));
  }
}

void Form::add_field_bytes(std::size_t count) {
  field_bytes_ += count;
  if (field_bytes_ > kFormFields)
    throw RequestError(413, fmt::format("the form's fields have more than {} bytes", kFormFields));
}

agent::Task<std::string> Form::read() {
  const Event event = co_await next();
  if (event == Event::data) co_return std::string(parser_->data());
  co_return std::string();
}

agent::Task<> Form::finish() {
  for (;;) {
    const Event event = co_await next();
    if (event == Event::end) break;
    if (event != Event::part) continue;
    if (parser_->filename().value_or("").empty()) {
      co_await read_field();
    } else {
      note_key(parser_->name());
    }
  }
  // What follows the final boundary means nothing; when it is short, the connection can be used again.
  std::size_t ignored = 0;
  for (bool more = true; more && ignored <= kEpilogue;) {
    std::string piece = co_await request_->read();
    more = !piece.empty();
    ignored += piece.size();
  }
}

const std::string& Form::text(std::string_view name) const {
  static const std::string none;
  auto found = fields_.find(name);
  return found == fields_.end() ? none : found->second.front();
}

const std::vector<std::string>& Form::values(std::string_view name) const {
  static const std::vector<std::string> none;
  auto found = fields_.find(name);
  return found == fields_.end() ? none : found->second;
}

std::vector<std::string> Form::list(std::string_view name) const { return read_list(values(name)); }

std::int64_t Form::integer(std::string_view name, std::int64_t fallback) const {
  const std::string& value = text(name);
  if (value.empty()) return fallback;
  std::int64_t number = 0;
  const char* end = value.data() + value.size();
  auto [rest, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || rest != end) {
    throw RequestError(400, fmt::format("bad param: {}: '{}' is not an integer", name, value));
  }
  return number;
}

const std::string& Form::required(std::string_view name) const {
  const std::string& value = text(name);
  if (value.empty()) throw RequestError(400, fmt::format("Missing [{}]", name));
  return value;
}

}  // namespace server
