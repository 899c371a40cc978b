// HttpPost: posts bodies to one address, on a connection that is kept.
//
// Belongs to one thread, but for interrupt(). Redirects are not followed: a POST that is sent elsewhere may
// lose its body on the way.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http_answer.hpp"

namespace logkit {

struct HttpTarget {
  std::string url;                   // http:// or https://
  std::vector<std::string> headers;  // "Name: value"
  std::string ca_file;  // PEM, of who may sign the receiver's certificate; "": those of the system
  std::chrono::milliseconds timeout = std::chrono::seconds(30);  // for the whole exchange
};

class HttpPost {
 public:
  explicit HttpPost(HttpTarget target);
  ~HttpPost();
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;

  // Sends the body and waits for the answer, of whose body the first kilobyte is kept.
  HttpAnswer post(std::string_view body);
  // Ends a post within a second; each later one fails at once. Any thread.
  void interrupt() { is_interrupted_ = true; }

 private:
  struct Curl;

  HttpTarget target_;
  std::unique_ptr<Curl> curl_;
  std::atomic<bool> is_interrupted_{false};
};

}  // namespace logkit
