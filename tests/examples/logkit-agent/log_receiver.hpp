// LogReceiver: an HTTP receiver of records in the hands of a test. It answers each request as the test says,
// on a thread of its own, one connection after the other.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/tcp_socket.hpp"

namespace test {

// A whole answer with its head.
inline std::string http_reply(int status, const std::string& body = {}, const std::string& headers = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class LogReceiver {
 public:
  struct Request {
    std::string head;
    std::string body;
  };
  // What is sent back; "": nothing. The connection is closed then, and behind an answer that says so.
  using Answer = std::function<std::string(const Request&)>;

  explicit LogReceiver(Answer answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~LogReceiver() {
    is_stopping_ = true;
    thread_.join();
  }
  LogReceiver(const LogReceiver&) = delete;
  LogReceiver& operator=(const LogReceiver&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/logs"; }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // The bodies of requests that were answered with 200.
  std::string taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }

 private:
  static constexpr std::chrono::milliseconds kLook{20};

  void serve() {
    while (!is_stopping_) {
      if (!listener_.is_called_within(kLook)) continue;
      TcpSocket socket = listener_.accept();
      std::string bytes;
      while (!is_stopping_ && serve_one(socket, bytes)) {
      }
    }
  }

  // False: the connection is over.
  bool serve_one(TcpSocket& socket, std::string& bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    const std::size_t length = bytes.find("Content-Length: ");
    const std::size_t size = length == std::string::npos ? 0 : std::stoul(bytes.substr(length + 16));
    if (end == std::string::npos || bytes.size() < end + 4 + size) return receive(socket, bytes);
    const Request request{bytes.substr(0, end + 4), bytes.substr(end + 4, size)};
    bytes.erase(0, end + 4 + size);
    const std::string reply = answer_(request);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      if (reply.starts_with("HTTP/1.1 200")) taken_ += request.body;
    }
    const bool is_last = reply.empty() || reply.find("Connection: close\r\n") != std::string::npos;
    return !reply.empty() && socket.try_send(reply) && !is_last;
  }

  static bool receive(TcpSocket& socket, std::string& bytes) {
    try {
      const std::string more = socket.receive(kLook);
      bytes += more;
      return !more.empty();
    } catch (const TimedOut&) {
      return true;
    }
  }

  Answer answer_;
  TcpListener listener_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::string taken_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace test
