// DigestSource: passes a content on unchanged, and knows afterwards how long it was and what its MD5 is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/pump.hpp"
#include "base/digest.hpp"

namespace agent {

class DigestSource final : public ByteSource {
 public:
  explicit DigestSource(std::shared_ptr<ByteSource> from) : from_(std::move(from)) {}

  Task<std::string> read() override {
    std::string bytes = co_await from_->read();
    md5_.update(bytes);
    size_ += bytes.size();
    co_return bytes;
  }

  // Bytes that have passed so far.
  std::uint64_t size() const { return size_; }
  // The digest of what has passed. Once, at the end.
  Md5::Value md5() { return md5_.finish(); }

 private:
  const std::shared_ptr<ByteSource> from_;
  Md5 md5_;
  std::uint64_t size_ = 0;
};

}  // namespace agent
