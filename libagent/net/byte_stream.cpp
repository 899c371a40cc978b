#include "net/byte_stream.hpp"

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <cstring>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "base/event.hpp"
#include "base/timer.hpp"
#include "net/read_buffer.hpp"
#include "net/stream_baggage.hpp"
#include "net/write_queue.hpp"

namespace agent::net {
namespace {

using asio::ip::tcp;

std::string address_text(const tcp::endpoint& endpoint, const asio::error_code& error) {
  if (error) return {};
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  std::string text = address.to_string();
  return text.substr(0, text.find('%'));  // the wire has no zones
}

// What a client may have sent before our last words reach it; it is read and dropped.
constexpr std::size_t kDiscardLimit = 16 * 1024 * 1024;
constexpr Clock::time_point kNever = Clock::time_point::max();
void release(std::string& text) { std::string().swap(text); }

}  // namespace

// Handlers in flight share the state with the Stream, so that it may end at any time. When the Stream moves
// to another loop it gets a new one there, and this one stays behind as that of a closed connection.
struct Stream::State final : Expiring, std::enable_shared_from_this<Stream::State> {
  State(Loop& the_loop, tcp::socket the_socket, std::unique_ptr<Tls> the_tls)
      : loop(the_loop), socket(std::move(the_socket)), tls(std::move(the_tls)) {
    asio::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    loop.watch(*this);
  }
  // A connection that comes from another loop.
  State(Loop& the_loop, Baggage& baggage)
      : loop(the_loop),
        socket(the_loop.io()),
        tls(std::move(baggage.tls)),
        queue(std::move(baggage.queue)),
        plain(std::move(baggage.plain)),
        peer(std::move(baggage.peer)),
        reason(std::move(baggage.reason)),
        received(baggage.received),
        sent(baggage.sent),
        closing(baggage.closing),
        timed_out(baggage.timed_out) {
    asio::error_code error;
    // Asio uses the protocol only to open and to accept sockets.
    if (baggage.socket) socket.assign(tcp::v6(), *baggage.socket, error);
    if (!error) baggage.socket.reset();  // it is ours
    socket.non_blocking(true, error);
    deadline = baggage.deadline;
    loop.watch(*this);
  }
  ~State() { loop.remove(*this); }

  std::unique_ptr<Baggage> pack() {
    auto baggage = std::make_unique<Baggage>();
    asio::error_code error;
    if (socket.is_open()) baggage->socket = socket.release(error);
    baggage->tls = std::move(tls);
    baggage->queue = std::move(queue);
    queue.clear();
    if (!plain_lent) baggage->plain = std::move(plain);
    baggage->peer = peer;
    baggage->reason = reason;
    baggage->deadline = std::exchange(deadline, Clock::time_point::max());
    baggage->received = received;
    baggage->sent = sent;
    baggage->closing = closing;
    baggage->timed_out = timed_out;
    return baggage;
  }

  void expire() override {
    timed_out = true;
    close(std::string("no progress before the deadline"));
  }

  void close(std::string why) {
    if (!socket.is_open()) return;
    reason = std::move(why);
    asio::error_code ignored;
    socket.close(ignored);
    queue.clear();
    room.wake();
  }

  [[noreturn]] void fail() const {
    const Errc code = timed_out ? Errc::timeout : Errc::disconnected;
    throw Error(code, reason.empty() ? "the connection is closed" : reason);
  }

  void flush() {
    if (flush_posted || waiting_to_write || !socket.is_open()) return;
    flush_posted = true;
    asio::post(loop.io(), [self = shared_from_this()] {
      self->flush_posted = false;
      self->write();
    });
  }

  void flush_at_once() {
    if (flush_posted || waiting_to_write || !socket.is_open()) return;
    const Clock::time_point now = Clock::now();
    if (now < gathers_until) return flush();
    gathers_until = now + kGather;
    write();
  }

  void flush_within(std::chrono::milliseconds time) {
    if (flush_posted || waiting_to_write || !socket.is_open()) return;
    if (ManualClock::current() != nullptr) return flush();  // a time that stands still is not waited for
    const Clock::time_point latest = Clock::now() + time;
    if (latest >= leaves_by) return;
    leaves_by = latest;
    if (!gather_timer) gather_timer = std::make_unique<QuietTimer>(loop.io(), kNever);
    if (gather_timer->expiry() > latest) gather_until(latest);
  }

  // The timer is left alone when the bytes leave early: it looks again, which costs less than setting it
  // for each of many messages.
  void gather_until(Clock::time_point time) {
    gather_timer->expires_at(time);
    gather_timer->async_wait([weak = weak_from_this()](const asio::error_code& replaced) {
      const std::shared_ptr<State> self = weak.lock();
      if (!self || replaced) return;
      self->gather_timer->expires_at(kNever);
      if (self->leaves_by <= Clock::now()) return self->write();
      if (self->leaves_by != kNever) self->gather_until(self->leaves_by);
    });
  }

  // Writes what is queued until the kernel takes no more.
  void write() {
    leaves_by = kNever;
    while (socket.is_open() && !waiting_to_write) {
      const std::span<const char> bytes = queue.next(tls.get());
      if (bytes.empty()) break;
      asio::error_code error;
      const std::size_t n = socket.write_some(asio::buffer(bytes.data(), bytes.size()), error);
      if (error == asio::error::would_block) {
        wait_to_write();
      } else if (error) {
        close("write: " + error.message());
      } else {
        sent += n;
        queue.sent(n);
      }
    }
    room.wake();
    if (closing && socket.is_open() && queue.size() == 0) linger();
  }

  void wait_to_write() {
    waiting_to_write = true;
    socket.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const asio::error_code& error) {
      self->waiting_to_write = false;
      if (!error) self->write();
    });
  }

  // The peer must have read our last bytes before the kernel may see the close: a close with unread
  // input resets the connection, and the peer would lose them.
  void linger() {
    asio::error_code error;
    if (!shut_down) {
      shut_down = true;
      socket.shutdown(tcp::socket::shutdown_send, error);
    }
    if (error || !owner_gone) return;
    socket.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const asio::error_code& failure) {
      if (!failure && self->discard_input()) self->linger();
    });
  }

  // False at the end of the stream, or of our patience.
  bool discard_input() {
    asio::error_code error;
    std::span<char> buffer = loop.read_buffer();
    discarded += socket.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    if ((!error && discarded <= kDiscardLimit) || error == asio::error::would_block) return true;
    close("closed");
    return false;
  }

  // What has arrived: the first `n` bytes of it are in `input`. Empty at the end of the stream.
  std::span<char> end_read(std::size_t n, const asio::error_code& error) {
    ReadBuffer::Bytes& small = input.end();
    if (!socket.is_open()) fail();
    if (error == asio::error::eof) return {};
    if (error) {
      close("read: " + error.message());
      fail();
    }
    received += n;
    if (n < small.size()) return {small.data(), n};
    return take_rest(small);
  }

  // Much has arrived: all of it, in the loop's buffer. What is wrong behind it shows at the next read.
  std::span<char> take_rest(const ReadBuffer::Bytes& small) {
    std::span<char> bytes = loop.read_buffer();
    std::memcpy(bytes.data(), small.data(), small.size());
    std::span<char> free = bytes.subspan(small.size());
    asio::error_code error;
    const std::size_t n = socket.read_some(asio::buffer(free.data(), free.size()), error);
    if (error && error != asio::error::would_block && error != asio::error::eof)
      close("read: " + error.message());
    received += n;
    return bytes.first(small.size() + n);
  }

  // Through TLS: what `bytes` decrypt to, which may be nothing yet.
  std::span<char> decrypt(std::span<char> bytes) {
    try {
      tls->decrypt(bytes, plain, queue.records());
    } catch (const Error&) {
      write();  // the alert that tells the peer why
      throw;
    }
    if (queue.size() != 0) flush();
    return {plain.data(), plain.size()};
  }

  Loop& loop;
  tcp::socket socket;
  std::unique_ptr<Tls> tls;
  WriteQueue queue;
  std::string plain;  // decrypted, lent to the reader until its next read
  ReadBuffer input;
  Event room;
  Clock::time_point gathers_until{};         // after bytes that left at once
  Clock::time_point leaves_by = kNever;      // what is queued, when it waits for more
  std::unique_ptr<QuietTimer> gather_timer;  // once anything has been gathered
  std::string peer;                          // once asked for
  std::string reason;                        // why it was closed, "" without any
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
  std::size_t discarded = 0;
  bool flush_posted = false;
  bool waiting_to_write = false;
  bool closing = false;
  bool shut_down = false;
  bool owner_gone = false;
  bool timed_out = false;
  bool plain_lent = false;
};

Stream::Stream(Loop& loop, tcp::socket socket, std::unique_ptr<Tls> tls)
    : state_(std::make_shared<State>(loop, std::move(socket), std::move(tls))) {}

Stream::~Stream() {
  if (!state_) return;
  state_->owner_gone = true;
  if (!state_->closing) {
    state_->close("closed");
  } else if (state_->shut_down && state_->socket.is_open()) {
    state_->linger();
  }
}

Loop& Stream::loop() const { return state_->loop; }
bool Stream::is_open() const { return state_->socket.is_open(); }
bool Stream::is_tls() const { return state_->tls != nullptr; }
std::string Stream::peer_name() const { return state_->tls ? state_->tls->peer_name() : std::string(); }

std::string Stream::local_address() const {
  asio::error_code error;
  tcp::endpoint endpoint = state_->socket.local_endpoint(error);
  return address_text(endpoint, error);
}

std::string Stream::remote_address() const {
  if (state_->peer.empty()) {
    asio::error_code error;
    tcp::endpoint endpoint = state_->socket.remote_endpoint(error);
    state_->peer = address_text(endpoint, error);
  }
  return state_->peer;
}

void Stream::start_tls(std::unique_ptr<Tls> tls) { state_->tls = std::move(tls); }

Task<> Stream::handshake() {
  std::shared_ptr<State> state = state_;
  if (!state->tls) co_return;
  state->tls->start(state->queue.records());
  state->flush();
  while (!state->tls->is_established()) {
    std::span<char> bytes = co_await wire_read();
    if (bytes.empty()) {
      state->close("the peer closed during the TLS handshake");
      state->fail();
    }
    state->decrypt(bytes);
  }
  state->flush();
}

Task<std::span<char>> Stream::wire_read() {
  std::shared_ptr<State> state = state_;
  if (!state->socket.is_open()) state->fail();
  asio::error_code error;
  auto buffer = asio::buffer(state->input.begin());
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t n = co_await state->socket.async_read_some(buffer, token);
  co_return state->end_read(n, error);
}

Task<std::span<char>> Stream::read() { return state_->tls ? tls_read() : wire_read(); }

Task<std::span<char>> Stream::tls_read() {
  std::shared_ptr<State> state = state_;
  if (!state->plain.empty() && !state->plain_lent) {  // arrived together with the handshake's end
    state->plain_lent = true;
    co_return std::span<char>(state->plain.data(), state->plain.size());
  }
  for (;;) {
    release(state->plain);
    if (state->tls->is_finished()) co_return std::span<char>();
    std::span<char> bytes = co_await wire_read();
    if (bytes.empty()) co_return bytes;
    std::span<char> plain = state->decrypt(bytes);
    state->plain_lent = true;
    if (!plain.empty()) co_return plain;
  }
}

void Stream::send(std::string_view bytes) {
  if (!state_->socket.is_open() || state_->closing) return;
  state_->queue.tail().append(bytes);
  state_->flush();
}

std::string& Stream::out() { return state_->queue.tail(); }

void Stream::flush(Flush when) {
  if (!state_->socket.is_open()) return state_->queue.clear();
  if (when == Flush::at_once) return state_->flush_at_once();
  if (when == Flush::now || queued() > kGatherLimit) return state_->flush();
  state_->flush_within(when == Flush::soon ? kSoon : kLater);
}

std::size_t Stream::queued() const { return state_->queue.size(); }

// Whoever asks for room writes for long, maybe, and nobody reads meanwhile.
Task<> Stream::room(std::size_t limit) {
  std::shared_ptr<State> state = state_;
  state->input.release();
  while (state->socket.is_open() && state->queue.size() > limit) co_await state->room.wait();
  if (!state->socket.is_open()) state->fail();
}

void Stream::expires_at(Clock::time_point deadline) {
  state_->deadline = deadline;
  state_->loop.note(deadline);
}

void Stream::close() { state_->close("closed"); }

void Stream::close_after_writing(std::chrono::milliseconds limit) {
  if (!state_->socket.is_open() || state_->closing) return;
  state_->closing = true;
  expires_at(Clock::now() + limit);
  if (state_->tls && state_->tls->is_established()) state_->queue.finish(*state_->tls);
  state_->write();
}

void Stream::depart() {
  baggage_ = state_->pack();
  state_.reset();
}

void Stream::arrive(Loop& loop) {
  state_ = std::make_shared<State>(loop, *baggage_);
  baggage_.reset();
  if (queued() != 0) state_->write();
}

std::uint64_t Stream::bytes_in() const { return state_->received; }
std::uint64_t Stream::bytes_out() const { return state_->sent; }

}  // namespace agent::net
