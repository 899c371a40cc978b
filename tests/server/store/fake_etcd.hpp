// FakeEtcd: an HTTP server that answers as an etcd of one member does, or as a test wants it to.
//
// It has no keys but the mark of a store with the prefix "agent". Each connection has a thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/tcp_socket.hpp"

namespace test {

class FakeEtcd {
 public:
  struct Request {
    std::string path;
    std::string body;         // of a watch: its first piece
    bool has_expect = false;  // "Expect: 100-continue"
    std::size_t number = 0;   // of those with this path, from 1
  };
  // The bytes of an answer, "" for none while the connection stays; nothing: as an etcd does.
  using Answer = std::function<std::optional<std::string>(const Request&)>;

  explicit FakeEtcd(Answer answer = nullptr);
  ~FakeEtcd();
  FakeEtcd(const FakeEtcd&) = delete;
  FakeEtcd& operator=(const FakeEtcd&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(listener_.port()); }
  void set_answer(Answer answer);
  std::size_t watches() const { return watches_; }

  // ---- answers

  static std::string json(const std::string& body, int status = 200);
  static std::string page();  // HTML, with status 200
  // A stream that goes on.
  static std::string stream(const std::string& lines);
  static std::string header(int revision);
  static std::string created(int revision);
  // The answer to a question.
  static std::string progress(int revision);
  // A put of "agent/<key>".
  static std::string put(const std::string& key, int revision);

 private:
  void accept_all();
  void serve(TcpSocket& socket);
  std::string answer_to(Request request);
  std::string usual_answer(const Request& request) const;

  TcpListener listener_;
  std::atomic<bool> is_over_{false};
  std::atomic<std::size_t> watches_{0};
  std::mutex mutex_;  // guards what follows
  Answer answer_;
  std::list<TcpSocket> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace test
