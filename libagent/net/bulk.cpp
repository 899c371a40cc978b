#include "net/bulk.hpp"

#include <algorithm>
#include <utility>

#include "net/spawn.hpp"

namespace agent::net {
namespace {

constexpr std::size_t kHead = 5;
constexpr std::size_t kMaxNote = 1024;

std::uint64_t read_number(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

void append_number(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

void append_head(std::string& out, BulkKind kind, std::uint32_t id) {
  out += static_cast<char>(kind);
  append_number(out, id, 4);
}

void check_time(bool woken) {
  if (!woken) throw Error(Errc::timeout, "timeout");
}

[[noreturn]] void fail_taken() { throw Error(Errc::bad_message, "stream: its number is taken"); }

}  // namespace

bool is_bulk(std::string_view message) {
  return !message.empty() && message.front() >= static_cast<char>(BulkKind::data) &&
         message.front() <= static_cast<char>(BulkKind::reset);
}

std::string encode_bulk(BulkKind kind, std::uint32_t id, std::string_view payload) {
  std::string frame;
  frame.reserve(kHead + payload.size());
  append_head(frame, kind, id);
  return frame.append(payload);
}

std::string encode_credit(std::uint32_t id, std::uint64_t bytes) {
  std::string frame;
  append_head(frame, BulkKind::credit, id);
  append_number(frame, bytes, 8);
  return frame;
}

// ---- BulkSource

BulkSource::BulkSource(std::shared_ptr<BulkStreams> streams, std::uint32_t id)
    : streams_(std::move(streams)), id_(id) {
  if (!streams_->sources_.emplace(id_, this).second) fail_taken();
  if (streams_->socket_ == nullptr) fail(Error(Errc::disconnected, streams_->reason_));
}

BulkSource::~BulkSource() {
  streams_->sources_.erase(id_);
  if (!ended_ && !error_) streams_->send(encode_bulk(BulkKind::reset, id_, "nobody wants it any more"));
}

void BulkSource::grant() {
  const std::uint64_t wanted = taken_ + window_.size();
  // Not for every byte that was taken; and a window that has become smaller has granted enough.
  if (ended_ || error_ || wanted < granted_ + window_.size() / 4) return;
  streams_->send(encode_credit(id_, wanted - granted_));
  window_.granted(granted_, Clock::now());
  granted_ = wanted;
}

std::string BulkSource::take() {
  std::size_t size = 0;
  auto end = pieces_.begin();
  for (; end != pieces_.end() && (size == 0 || size + end->size() <= kBulkAhead); ++end) size += end->size();
  std::string bytes;
  if (end == std::next(pieces_.begin())) {
    bytes = std::move(pieces_.front());
  } else {
    bytes.reserve(size);
    for (auto piece = pieces_.begin(); piece != end; ++piece) bytes += *piece;
  }
  pieces_.erase(pieces_.begin(), end);
  taken_ += bytes.size();
  return bytes;
}

Task<std::string> BulkSource::read(Clock::time_point deadline) {
  grant();
  for (;;) {
    if (!pieces_.empty()) {
      std::string bytes = take();
      grant();
      co_return bytes;
    }
    if (ended_) co_return std::string();
    if (error_) throw Error(*error_);
    const bool woken = co_await changed_.wait(deadline);
    check_time(woken);
  }
}

void BulkSource::receive(std::string_view bytes) {
  if (ended_ || error_) throw Error(Errc::bad_message, "stream: data behind its end");
  if (bytes.size() > granted_ - received_)
    throw Error(Errc::bad_message, "stream: more data than was granted");
  if (bytes.empty()) return;
  received_ += bytes.size();
  window_.received(received_, streams_->sources_.size(), Clock::now());
  if (!pieces_.empty() && pieces_.back().size() + bytes.size() <= kBulkSlice) {
    pieces_.back() += bytes;  // a megabyte of single bytes must stay a megabyte
  } else {
    pieces_.emplace_back(bytes);
  }
  changed_.wake();
}

void BulkSource::end(std::string_view note) {
  note_ = note;
  ended_ = true;
  changed_.wake();
}

void BulkSource::fail(Error error) {
  if (!ended_ && !error_) error_ = std::move(error);
  changed_.wake();
}

// ---- BulkSink

struct BulkSink::State {
  explicit State(std::uint32_t the_id) : id(the_id) {}

  bool is_over() const { return ended || error; }
  bool is_ready() const { return queued > 0 ? credit > 0 : ended; }
  void fail(Error why) {
    if (!is_over()) error = std::move(why);
    pieces.clear();
    queued = 0;
    changed.wake();
  }

  const std::uint32_t id;
  Event changed;
  std::deque<std::string> pieces;
  std::size_t used = 0;  // of the first piece
  std::size_t queued = 0;
  std::uint64_t credit = 0;
  bool ended = false;
  std::string note;
  std::optional<Error> error;
};

BulkSink::BulkSink(std::shared_ptr<BulkStreams> streams, std::uint32_t id)
    : streams_(std::move(streams)), state_(std::make_shared<State>(id)) {
  if (!streams_->sinks_.emplace(id, state_).second) fail_taken();
  if (streams_->socket_ == nullptr) state_->fail(Error(Errc::disconnected, streams_->reason_));
}

BulkSink::~BulkSink() {
  if (!state_->is_over()) fail("the sender has given up");
}

Task<> BulkSink::write(std::string bytes, Clock::time_point deadline) {
  while (!state_->error && state_->queued >= kBulkAhead) {
    const bool woken = co_await state_->changed.wait(deadline);
    check_time(woken);
  }
  if (state_->error) throw Error(*state_->error);
  if (bytes.empty()) co_return;
  state_->queued += bytes.size();
  state_->pieces.push_back(std::move(bytes));
  streams_->pump();
}

void BulkSink::end(std::string_view note) {
  if (state_->is_over()) return;
  state_->ended = true;
  state_->note = note.substr(0, kMaxNote);
  streams_->pump();
}

void BulkSink::fail(std::string_view why) {
  if (state_->is_over()) return;
  state_->fail(Error(Errc::cancelled, std::string(why)));
  streams_->sinks_.erase(state_->id);
  streams_->send(encode_bulk(BulkKind::reset, state_->id, why.substr(0, kMaxNote)));
}

// ---- BulkStreams

void BulkStreams::send(std::string_view frame) {
  if (socket_ != nullptr) socket_->send_binary(frame);
}

void BulkStreams::receive(std::string_view frame) {
  if (frame.size() < kHead) throw Error(Errc::bad_message, "stream: a frame that is too short");
  const auto kind = static_cast<BulkKind>(frame.front());
  const auto id = static_cast<std::uint32_t>(read_number(frame.substr(1, 4)));
  const std::string_view payload = frame.substr(kHead);
  const auto source = sources_.find(id);
  const auto sink = sinks_.find(id);
  // What nobody knows was given up here while it was on its way.
  if (kind == BulkKind::credit) {
    if (payload.size() != 8) throw Error(Errc::bad_message, "stream: a credit that is none");
    if (sink == sinks_.end()) return;
    sink->second->credit += std::min<std::uint64_t>(read_number(payload), kBulkWindow);
    return pump();
  }
  if (kind == BulkKind::data && source != sources_.end()) source->second->receive(payload);
  if (kind == BulkKind::end && source != sources_.end()) source->second->end(payload);
  if (kind != BulkKind::reset) return;
  const Error reason(Errc::refused, std::string(payload.substr(0, kMaxNote)));
  if (source != sources_.end()) source->second->fail(reason);
  if (sink == sinks_.end()) return;
  const std::shared_ptr<BulkSink::State> state = sink->second;
  sinks_.erase(sink);
  state->ended = false;  // what was still queued is not wanted
  state->fail(reason);
}

void BulkStreams::close(std::string_view reason) {
  socket_ = nullptr;
  reason_ = reason;
  const Error error(Errc::disconnected, reason_);
  for (const auto& [id, source] : sources_) source->fail(error);
  for (const auto& [id, state] : std::exchange(sinks_, {})) state->fail(error);
}

// One slice of the sink whose turn it is; false when none may send.
bool BulkStreams::send_slice() {
  auto place = sinks_.upper_bound(last_served_);
  for (std::size_t i = 0; i < sinks_.size(); ++i, ++place) {
    if (place == sinks_.end()) place = sinks_.begin();
    BulkSink::State& sink = *place->second;
    if (!sink.is_ready()) continue;
    last_served_ = sink.id;
    if (sink.queued == 0) {
      send(encode_bulk(BulkKind::end, sink.id, sink.note));
      sinks_.erase(place);
      return true;
    }
    const std::string& piece = sink.pieces.front();
    const std::size_t count = static_cast<std::size_t>(
        std::min<std::uint64_t>({piece.size() - sink.used, kBulkSlice, sink.credit}));
    std::string head;
    append_head(head, BulkKind::data, sink.id);
    socket_->send_binary(head, std::string_view(piece).substr(sink.used, count));
    sink.used += count;
    sink.queued -= count;
    sink.credit -= count;
    if (sink.used == piece.size()) {
      sink.pieces.pop_front();
      sink.used = 0;
    }
    if (sink.queued < kBulkAhead) sink.changed.wake();
    return true;
  }
  return false;
}

void BulkStreams::pump() {
  bool more = true;
  while (more && socket_ != nullptr && socket_->stream().queued() < kBulkQueue) more = send_slice();
  if (!more || socket_ == nullptr || draining_) return;
  draining_ = true;
  spawn(loop_, drain(shared_from_this()), "streams");
}

// Runs while the socket takes less than there is to send.
Task<> BulkStreams::drain(std::shared_ptr<BulkStreams> self) {
  try {
    bool more = true;
    while (more && self->socket_ != nullptr) {
      co_await self->socket_->stream().room(kBulkQueue / 2);
      while (more && self->socket_ != nullptr && self->socket_->stream().queued() < kBulkQueue) {
        more = self->send_slice();
      }
    }
  } catch (const Error&) {
    // Whoever reads the socket learns it, too, and closes.
  }
  self->draining_ = false;
}

}  // namespace agent::net
