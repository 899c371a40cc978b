// Digests and what else needs the crypto library: random text, comparison of secrets.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace agent {

namespace detail {
class DigestState {
 public:
  explicit DigestState(const char* algorithm);
  void update(std::string_view data);
  void finish(std::uint8_t* out);

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};
}  // namespace detail

// Incremental MD5, where the wire needs it; not for security.
class Md5 {
 public:
  using Value = std::array<std::uint8_t, 16>;
  Md5() : state_("MD5") {}
  void update(std::string_view data) { state_.update(data); }
  Value finish();  // once; the object is spent then
  static Value of(std::string_view data);

 private:
  detail::DigestState state_;
};

class Sha256 {
 public:
  using Value = std::array<std::uint8_t, 32>;
  Sha256() : state_("SHA256") {}
  void update(std::string_view data) { state_.update(data); }
  Value finish();  // once; the object is spent then
  static Value of(std::string_view data);

 private:
  detail::DigestState state_;
};

// Lower-case hexadecimal.
std::string hex(std::span<const std::uint8_t> bytes);

// `bytes` random bytes as hexadecimal text of twice that length, from the system's secure source. Throws
// Errc::io when there is none.
std::string random_hex(std::size_t bytes);

// Takes as long for texts that differ early as for texts that differ late. Lengths are no secret.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace agent
