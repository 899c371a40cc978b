#include "agent/password.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "agent/error.hpp"
#include "base/base64.hpp"

namespace agent {
namespace {

constexpr std::string_view kClear = "$0$";
constexpr std::string_view kCipher = "$1$";

// Public constants of the original protocol: they hide a password from a glance, from nobody else.
constexpr std::string_view kKey = "vdqEQdt2CRDaWALBPDLpHSAgEbRjSzMk";
constexpr std::string_view kInitialVector = "WY4JP5iALwwyG56K";
constexpr std::size_t kBlock = 16;
// Characters of base64, more than any typed password has. Bounds what a crafted request makes us decode.
constexpr std::size_t kMaxPassword = 4096;

[[noreturn]] void fail(const char* what) { throw Error(Errc::bad_message, std::string("pass: ") + what); }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Without the padding, which OpenSSL checks strictly.
std::string decrypt(std::string_view blocks) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  std::string plain(blocks.size() + kBlock, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  int size = 0;
  int rest = 0;
  const bool done =
      context &&
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, bytes_of(kKey),
                         bytes_of(kInitialVector)) == 1 &&
      EVP_DecryptUpdate(context.get(), out, &size, bytes_of(blocks), static_cast<int>(blocks.size())) == 1 &&
      EVP_DecryptFinal_ex(context.get(), out + size, &rest) == 1;
  if (!done) {
    OPENSSL_cleanse(plain.data(), plain.size());
    fail("wrong padding");
  }
  plain.resize(static_cast<std::size_t>(size) + static_cast<std::size_t>(rest));
  return plain;
}

std::string decode_cipher(std::string_view text) {
  if (text.size() > kMaxPassword) fail("longer than 4096 characters");
  const std::string blocks = decode_base64(text);
  if (blocks.empty() || blocks.size() % kBlock != 0) fail("not a whole number of cipher blocks");
  return decrypt(blocks);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// It is typed into a terminal, which would obey control characters.
std::string checked(std::string text) {
  if (std::any_of(text.begin(), text.end(), is_control)) fail("holds a control character");
  return text;
}

}  // namespace

Password decode_password(std::string_view wire) {
  if (wire.starts_with(kClear)) return {checked(std::string(wire.substr(kClear.size()))), true};
  if (wire.starts_with(kCipher)) return {checked(decode_cipher(wire.substr(kCipher.size()))), true};
  return {checked(std::string(wire)), false};
}

}  // namespace agent
