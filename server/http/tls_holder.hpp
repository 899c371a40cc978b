// TlsHolder: the server's TLS context, which SIGHUP may replace. Connections keep the one they began with.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "net/tls.hpp"

namespace server {

class TlsHolder {
 public:
  // Empty = plain TCP. Any thread.
  std::shared_ptr<agent::net::TlsContext> get() const { return context_.load(); }
  void set(std::shared_ptr<agent::net::TlsContext> context) { context_.store(std::move(context)); }

 private:
  std::atomic<std::shared_ptr<agent::net::TlsContext>> context_;
};

}  // namespace server
