// Grant: what a token gives whoever shows it: a name, until the token is revoked. A value; any thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace server {

class Grant {
 public:
  using Flag = std::atomic<bool>;

  // The grant of clients that are asked for no token.
  Grant() = default;
  // One that nobody revokes.
  Grant(std::string name) : name_(std::move(name)) {}  // NOLINT(google-explicit-constructor): it is the name
  // `revoked` is that of the token: it becomes true, and stays so, when the token leaves its file.
  Grant(std::string name, std::shared_ptr<const Flag> revoked)
      : name_(std::move(name)), revoked_(std::move(revoked)) {}

  // The name that the token has in its file, "" without a token. Several tokens may have one name.
  const std::string& name() const { return name_; }
  // The very token that was shown is in its file no more, whatever other tokens bear its name.
  bool is_revoked() const { return revoked_ && revoked_->load(std::memory_order_acquire); }

 private:
  std::string name_;
  std::shared_ptr<const Flag> revoked_;
};

}  // namespace server
