#include "agentctl/terminal_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "agent/clock.hpp"
#include "agentctl/view.hpp"
#include "base/digest.hpp"
#include "base/event.hpp"
#include "net/spawn.hpp"

namespace agentctl {

using agent::Clock;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;
using agent::json::Value;
using agent::net::DialOptions;
using agent::net::DialRefused;
using agent::net::WebSocket;

namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{2000};
// The server pings every 10 s.
constexpr std::chrono::seconds kSilence{25};
constexpr std::chrono::seconds kLook{1};
// The server lets us be 128 KiB behind.
constexpr std::uint64_t kSeenStep = 32 * 1024;
constexpr std::size_t kPiece = 16 * 1024;

std::uint64_t number_of(Value value) { return value.is_number() ? value.as_uint(~std::uint64_t{0}) : 0; }

// A proxy, or a server that starts; everything else stays as it is.
bool may_pass(int status) { return status == 502 || status == 503 || status == 504 || status == 429; }

}  // namespace

TerminalLink::TerminalLink(ApiClient& api, TaskName name, LinkOptions options)
    : api_(api),
      name_(std::move(name)),
      options_(std::move(options)),
      client_(agent::random_hex(8)),
      shown_(options_.offset),
      size_(LocalTerminal::size()) {}

std::string TerminalLink::path() const {
  std::string path =
      fmt::format("{}{}/terminal?client={}", api_.connection().url.prefix, name_.path(), client_);
  if (shown_) path += fmt::format("&offset={}", *shown_);
  if (options_.watch) path += "&watch=1";
  return path;
}

Task<TaskEnd> TerminalLink::run(std::shared_ptr<TerminalLink> self) {
  std::chrono::milliseconds pause = kFirstPause;
  bool has_told = false;
  agent::net::spawn(self->api_.loop(), watch_silence(self), "terminal");
  while (!self->end_) {
    std::string why;
    const int before = self->meetings_;
    try {
      co_await visit(self);
    } catch (const DialRefused& refused) {
      if (!may_pass(refused.status)) throw ApiError(refused.status, std::string(refused.text()));
      why = refused.text();
    } catch (const Error& error) {
      if (dynamic_cast<const ApiError*>(&error) != nullptr || error.code() == Errc::bad_config) throw;
      if (self->meetings_ == 0 && !self->options_.is_met) throw;
      why = error.text();
    }
    self->socket_.reset();
    if (self->end_) break;
    const bool was_there = self->meetings_ != before;
    if (was_there) has_told = false;
    if (!std::exchange(has_told, true))
      self->options_.tell(fmt::format("the connection broke off: {}; trying again (~. leaves)", why));
    pause = was_there ? kFirstPause : std::min(pause * 2, kLongestPause);
    co_await agent::pause(pause);
  }
  co_return *self->end_;
}

Task<> TerminalLink::visit(std::shared_ptr<TerminalLink> self) {
  DialOptions dial = self->api_.connection().dial;
  dial.path = self->path();
  dial.deflate = false;
  self->socket_ = co_await agent::net::dial(self->api_.loop(), std::move(dial));
  self->is_ready_ = false;
  while (!self->end_) {
    std::string message = co_await self->socket_->read();
    self->take(message);
    while (!self->end_) {
      std::optional<std::string> more = self->socket_->next();
      if (!more) break;
      self->take(*more);
    }
  }
}

// Ends a connection on which nothing comes; the reader finds it closed.
Task<> TerminalLink::watch_silence(std::shared_ptr<TerminalLink> self) {
  while (!self->end_) {
    co_await agent::pause(kLook);
    if (self->socket_ && Clock::now() - self->socket_->last_heard() > kSilence)
      self->socket_->stream().close();
  }
}

void TerminalLink::take(const std::string& message) {
  socket_->is_text() ? take_news(message) : take_output(message);
}

// A server that was killed may have to learn from the agent what it had sent before.
void TerminalLink::take_output(std::string_view bytes) {
  const std::uint64_t known = shown_.value_or(next_) - std::min(shown_.value_or(next_), next_);
  next_ += bytes.size();
  if (known < bytes.size()) options_.show(bytes.substr(static_cast<std::size_t>(known)));
  go_to(next_);
  if (next_ >= seen_ + kSeenStep) send_seen();
}

void TerminalLink::go_to(std::uint64_t offset) {
  next_ = offset;
  shown_ = std::max(shown_.value_or(offset), offset);
}

void TerminalLink::send_seen() {
  seen_ = next_;
  send(fmt::format(R"({{"type":"seen","offset":{}}})", seen_));
}

void TerminalLink::take_news(const std::string& text) {
  const Document document = Document::parse(text);
  const Value news = document.root();
  const std::string type = cell_text(news.find("type"));
  if (type == "hello") greet(news);
  if (type == "typed") note_typed(number_of(news.find("typed")));
  if (type == "writer") tell_writer(news);
  if (type == "state") tell_state(news);
  if (type == "error") options_.tell(cell_text(news.find("text")));
  if (type == "exit") end_ = end_of(news);
  if (type != "skipped") return;
  go_to(number_of(news.find("offset")));
  const std::uint64_t from = std::min(number_of(news.find("from")), next_);
  options_.tell(fmt::format("{} bytes were not shown, because this terminal was too slow", next_ - from));
}

// A server that has not met us counts our keys from here on: what an earlier one may have taken is not sent
// a second time.
void TerminalLink::greet(Value hello) {
  go_to(number_of(hello.find("offset")));
  send_seen();
  const Value typed = hello.find("typed");
  if (!typed.is_null()) {
    note_typed(number_of(typed));
  } else {
    untaken_.erase(0, sent_);
    taken_ = 0;
  }
  sent_ = 0;
  ++meetings_;
}

void TerminalLink::note_typed(std::uint64_t typed) {
  const std::uint64_t more = std::min<std::uint64_t>(typed - std::min(typed, taken_), untaken_.size());
  untaken_.erase(0, static_cast<std::size_t>(more));
  sent_ -= std::min(sent_, static_cast<std::size_t>(more));
  taken_ += more;
}

// The first word of it ends the greeting: keys that are sent to a terminal where somebody else types are
// lost.
void TerminalLink::tell_writer(Value news) {
  const Value you = news.find("you");
  const bool was_writer = std::exchange(is_writer_, you.is_bool() && you.as_bool());
  const bool is_first = !std::exchange(is_ready_, true);
  const std::string who = cell_text(news.find("who"));
  if (!is_writer_ && (is_first || was_writer) && !who.empty())
    options_.tell(fmt::format("{} types here; you watch (~t takes over)", who));
  if (is_writer_ && !was_writer && !is_first) options_.tell("you type here now");
  if (!is_writer_) return;
  send_size();
  send_keys();
}

void TerminalLink::tell_state(Value news) {
  const std::string state = cell_text(news.find("state"));
  if (state == "away") options_.tell("the agent is away: " + cell_text(news.find("reason")));
  if (state_ == "away" && state == "running") options_.tell("the agent is back");
  state_ = state;
}

void TerminalLink::send(const std::string& json) {
  if (socket_) socket_->send(json);
}

void TerminalLink::type(std::string_view keys) {
  if (is_ready_ && !is_writer_) return;  // the server would refuse them
  untaken_ += keys;
  send_keys();
}

void TerminalLink::send_keys() {
  if (!socket_ || !is_ready_ || !is_writer_) return;
  for (; sent_ < untaken_.size(); sent_ = std::min(sent_ + kPiece, untaken_.size()))
    socket_->send_binary(std::string_view(untaken_).substr(sent_, kPiece));
}

void TerminalLink::resize(LocalSize size) {
  size_ = size;
  send_size();
}

void TerminalLink::send_size() {
  if (is_ready_ && is_writer_)
    send(fmt::format(R"({{"type":"resize","rows":{},"cols":{}}})", size_.rows, size_.columns));
}

void TerminalLink::take_over() { send(R"({"type":"take"})"); }

}  // namespace agentctl
