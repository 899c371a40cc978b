// ProofReceiver: an HTTP server for numbered lines that is killed now and then: within a body, or behind one
// that it has kept and before its answer. It counts lines by their numbers, and holds none of them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/tcp_socket.hpp"

namespace test {

// A line is its number in twelve digits, a blank, and letters that follow from the number.
class ProofLines {
 public:
  static constexpr std::size_t kSize = 100;  // with its end
  static constexpr std::size_t kDigits = 12;

  static void append(std::string& out, std::uint64_t number) {
    const std::string digits = std::to_string(number);
    out.append(kDigits - digits.size(), '0');
    out += digits;
    out += ' ';
    for (std::size_t i = kDigits + 1; i + 1 < kSize; ++i) out += letter(number, i);
    out += '\n';
  }
  // False: it is not what was written.
  static bool read(std::string_view line, std::uint64_t& number) {
    if (line.size() != kSize - 1 || line[kDigits] != ' ') return false;
    number = 0;
    for (std::size_t i = 0; i < kDigits; ++i) {
      if (line[i] < '0' || line[i] > '9') return false;
      number = number * 10 + static_cast<unsigned>(line[i] - '0');
    }
    for (std::size_t i = kDigits + 1; i < line.size(); ++i)
      if (line[i] != letter(number, i)) return false;
    return true;
  }

 private:
  static char letter(std::uint64_t number, std::size_t place) {
    return static_cast<char>('a' + (number * 7 + place * 3) % 26);
  }
};

class ProofReceiver {
 public:
  ProofReceiver() : listener_(std::make_unique<TcpListener>()), port_(listener_->port()) { start(); }
  ~ProofReceiver() { stop(); }
  ProofReceiver(const ProofReceiver&) = delete;
  ProofReceiver& operator=(const ProofReceiver&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/lines"; }

  // At a place where it hurts: every second time behind a body that is kept, otherwise within one. Takes
  // effect with the next request; is_killed() says when.
  void kill() { is_dying_ = true; }
  bool is_killed() const { return is_dead_; }
  void start_again() {
    stop();
    listener_ = std::make_unique<TcpListener>(port_);
    start();
  }

  std::uint64_t lines() const { return lines_; }        // different ones
  std::uint64_t repeated() const { return repeated_; }  // that had come before
  std::uint64_t mangled() const { return mangled_; }
  // All lines below that number are there.
  bool has_all_below(std::uint64_t number) const { return whole_ >= number; }

 private:
  static constexpr std::chrono::milliseconds kLook{20};

  void start() {
    is_dying_ = is_dead_ = is_stopping_ = false;
    thread_ = std::thread([this] { serve(); });
  }
  void stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
    listener_.reset();
  }

  void serve() {
    while (!is_stopping_ && !is_dead_) {
      if (!listener_->is_called_within(kLook)) continue;
      TcpSocket socket = listener_->accept();
      std::string bytes;
      while (!is_stopping_ && !is_dead_ && serve_one(socket, bytes)) {
      }
      if (is_dead_) socket.reset();
    }
    listener_->close();
  }

  // False: the connection is over.
  bool serve_one(TcpSocket& socket, std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    const std::size_t length = bytes.find("Content-Length: ");
    const std::size_t size = length < end ? std::stoul(bytes.substr(length + 16)) : 0;
    if (end == std::string::npos || bytes.size() < end + 4 + size) {
      if (end != std::string::npos && is_dying_ && deaths_ % 2 == 0) return die();
      return receive(socket, bytes);
    }
    keep(std::string_view(bytes).substr(end + 4, size));
    bytes.erase(0, end + 4 + size);
    if (is_dying_) return die();
    return socket.try_send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }

  bool die() {
    ++deaths_;
    is_dead_ = true;
    return false;
  }

  static bool receive(TcpSocket& socket, std::string& bytes) {
    try {
      const std::string more = socket.receive(kLook, std::size_t{1} << 20);
      bytes += more;
      return !more.empty();
    } catch (const TimedOut&) {
      return true;
    }
  }

  void keep(std::string_view body) {
    while (!body.empty()) {
      const std::size_t end = std::min(body.find('\n'), body.size());
      std::uint64_t number = 0;
      const bool is_whole = ProofLines::read(body.substr(0, end), number);
      body.remove_prefix(std::min(end + 1, body.size()));
      if (!is_whole) {
        ++mangled_;
        continue;
      }
      if (number >= seen_.size()) seen_.resize(number + 1, false);
      ++(seen_[number] ? repeated_ : lines_);
      seen_[number] = true;
    }
    std::uint64_t whole = whole_;
    while (whole < seen_.size() && seen_[whole]) ++whole;
    whole_ = whole;
  }

  std::unique_ptr<TcpListener> listener_;
  std::uint16_t port_;
  std::thread thread_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_dying_{false};
  std::atomic<bool> is_dead_{false};
  unsigned deaths_ = 0;
  std::atomic<std::uint64_t> lines_{0};
  std::atomic<std::uint64_t> repeated_{0};
  std::atomic<std::uint64_t> mangled_{0};
  std::atomic<std::uint64_t> whole_{0};
  std::vector<bool> seen_;  // the thread's
};

}  // namespace test
