#include "base/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "agent/error.hpp"
#include "base/random_bytes.hpp"

namespace agent {
namespace {

void check(bool done, const char* what) {
  if (!done) throw Error(Errc::io, std::string(what) + " failed in the crypto library");
}

template <class Digest>
typename Digest::Value digest_of(std::string_view data) {
  Digest digest;
  digest.update(data);
  return digest.finish();
}

}  // namespace

namespace detail {

void DigestState::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

DigestState::DigestState(const char* algorithm) : context_(EVP_MD_CTX_new()) {
  const EVP_MD* const method = EVP_get_digestbyname(algorithm);
  check(context_ && method && EVP_DigestInit_ex(context_.get(), method, nullptr) == 1, algorithm);
}

void DigestState::update(std::string_view data) {
  check(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1, "a digest");
}

void DigestState::finish(std::uint8_t* out) {
  check(EVP_DigestFinal_ex(context_.get(), out, nullptr) == 1, "a digest");
}

}  // namespace detail

Md5::Value Md5::finish() {
  Value value{};
  state_.finish(value.data());
  return value;
}

Sha256::Value Sha256::finish() {
  Value value{};
  state_.finish(value.data());
  return value;
}

Md5::Value Md5::of(std::string_view data) { return digest_of<Md5>(data); }
Sha256::Value Sha256::of(std::string_view data) { return digest_of<Sha256>(data); }

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  auto* const data = reinterpret_cast<unsigned char*>(random.data());
  fill_random({data, bytes});
  return hex({data, bytes});
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace agent
