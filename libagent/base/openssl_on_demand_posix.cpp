// OpenSSL for programs of which most never use TLS: the functions that libagent calls, found in the shared
// libraries at the first call. Until then nothing of OpenSSL is mapped, which saves an agent 1.7 MB
// (docs/decisions/small-programs.md). Only agent_program() links this; the headers vouch for the signatures.
#include <dlfcn.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>

#include "agent/error.hpp"

namespace {

class Library {
 public:
  explicit Library(const char* name)
      : file_(fmt::format("lib{}.so.{}", name, OPENSSL_SHLIB_VERSION)),
        handle_(dlopen(file_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) fail();
  }

  void* find(const char* function) const {
    void* const found = dlsym(handle_, function);
    if (found == nullptr) fail();
    return found;
  }

 private:
  [[noreturn]] void fail() const {
    const char* const why = dlerror();
    throw agent::Error(agent::Errc::io, fmt::format("load {}: {}", file_, why ? why : "unknown error"));
  }

  std::string file_;
  void* handle_;  // for good
};

const Library& crypto() {
  static const Library library("crypto");
  return library;
}

const Library& ssl() {
  static const Library library("ssl");
  return library;
}

template <auto* Function>
decltype(Function) real(const Library& library, const char* name) {
  static const auto found = reinterpret_cast<decltype(Function)>(library.find(name));
  return found;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names are OpenSSL's
int ASN1_TIME_to_tm(const ASN1_TIME* a, struct tm* b) {
  return real<ASN1_TIME_to_tm>(crypto(), "ASN1_TIME_to_tm")(a, b);
}
size_t BIO_ctrl_pending(BIO* a) { return real<BIO_ctrl_pending>(crypto(), "BIO_ctrl_pending")(a); }
void BIO_clear_flags(BIO* a, int b) { real<BIO_clear_flags>(crypto(), "BIO_clear_flags")(a, b); }
int BIO_free(BIO* a) { return real<BIO_free>(crypto(), "BIO_free")(a); }
void* BIO_get_data(BIO* a) { return real<BIO_get_data>(crypto(), "BIO_get_data")(a); }
int BIO_get_new_index() { return real<BIO_get_new_index>(crypto(), "BIO_get_new_index")(); }
BIO_METHOD* BIO_meth_new(int a, const char* b) { return real<BIO_meth_new>(crypto(), "BIO_meth_new")(a, b); }
int BIO_meth_set_ctrl(BIO_METHOD* a, long (*b)(BIO*, int, long, void*)) {
  return real<BIO_meth_set_ctrl>(crypto(), "BIO_meth_set_ctrl")(a, b);
}
int BIO_meth_set_read(BIO_METHOD* a, int (*b)(BIO*, char*, int)) {
  return real<BIO_meth_set_read>(crypto(), "BIO_meth_set_read")(a, b);
}
int BIO_meth_set_write(BIO_METHOD* a, int (*b)(BIO*, const char*, int)) {
  return real<BIO_meth_set_write>(crypto(), "BIO_meth_set_write")(a, b);
}
BIO* BIO_new(const BIO_METHOD* a) { return real<BIO_new>(crypto(), "BIO_new")(a); }
BIO* BIO_new_mem_buf(const void* a, int b) {
  return real<BIO_new_mem_buf>(crypto(), "BIO_new_mem_buf")(a, b);
}
int BIO_read(BIO* a, void* b, int c) { return real<BIO_read>(crypto(), "BIO_read")(a, b, c); }
const BIO_METHOD* BIO_s_mem() { return real<BIO_s_mem>(crypto(), "BIO_s_mem")(); }
void BIO_set_data(BIO* a, void* b) { real<BIO_set_data>(crypto(), "BIO_set_data")(a, b); }
void BIO_set_flags(BIO* a, int b) { real<BIO_set_flags>(crypto(), "BIO_set_flags")(a, b); }
void BIO_set_init(BIO* a, int b) { real<BIO_set_init>(crypto(), "BIO_set_init")(a, b); }
int BIO_write(BIO* a, const void* b, int c) { return real<BIO_write>(crypto(), "BIO_write")(a, b, c); }
int CRYPTO_memcmp(const void* a, const void* b, size_t c) {
  return real<CRYPTO_memcmp>(crypto(), "CRYPTO_memcmp")(a, b, c);
}
void ERR_clear_error() { real<ERR_clear_error>(crypto(), "ERR_clear_error")(); }
unsigned long ERR_get_error() { return real<ERR_get_error>(crypto(), "ERR_get_error")(); }
unsigned long ERR_peek_last_error() { return real<ERR_peek_last_error>(crypto(), "ERR_peek_last_error")(); }
const char* ERR_reason_error_string(unsigned long a) {
  return real<ERR_reason_error_string>(crypto(), "ERR_reason_error_string")(a);
}
EVP_CIPHER_CTX* EVP_CIPHER_CTX_new() { return real<EVP_CIPHER_CTX_new>(crypto(), "EVP_CIPHER_CTX_new")(); }
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX* a) { real<EVP_CIPHER_CTX_free>(crypto(), "EVP_CIPHER_CTX_free")(a); }
int EVP_DecryptFinal_ex(EVP_CIPHER_CTX* a, unsigned char* b, int* c) {
  return real<EVP_DecryptFinal_ex>(crypto(), "EVP_DecryptFinal_ex")(a, b, c);
}
int EVP_DecryptInit_ex(EVP_CIPHER_CTX* a, const EVP_CIPHER* b, ENGINE* c, const unsigned char* d,
                       const unsigned char* e) {
  return real<EVP_DecryptInit_ex>(crypto(), "EVP_DecryptInit_ex")(a, b, c, d, e);
}
int EVP_DecryptUpdate(EVP_CIPHER_CTX* a, unsigned char* b, int* c, const unsigned char* d, int e) {
  return real<EVP_DecryptUpdate>(crypto(), "EVP_DecryptUpdate")(a, b, c, d, e);
}
const EVP_CIPHER* EVP_aes_256_cbc() { return real<EVP_aes_256_cbc>(crypto(), "EVP_aes_256_cbc")(); }
int EVP_DigestFinal_ex(EVP_MD_CTX* a, unsigned char* b, unsigned int* c) {
  return real<EVP_DigestFinal_ex>(crypto(), "EVP_DigestFinal_ex")(a, b, c);
}
int EVP_DigestInit_ex(EVP_MD_CTX* a, const EVP_MD* b, ENGINE* c) {
  return real<EVP_DigestInit_ex>(crypto(), "EVP_DigestInit_ex")(a, b, c);
}
int EVP_DigestUpdate(EVP_MD_CTX* a, const void* b, size_t c) {
  return real<EVP_DigestUpdate>(crypto(), "EVP_DigestUpdate")(a, b, c);
}
void EVP_MD_CTX_free(EVP_MD_CTX* a) { real<EVP_MD_CTX_free>(crypto(), "EVP_MD_CTX_free")(a); }
EVP_MD_CTX* EVP_MD_CTX_new() { return real<EVP_MD_CTX_new>(crypto(), "EVP_MD_CTX_new")(); }
const EVP_MD* EVP_get_digestbyname(const char* a) {
  return real<EVP_get_digestbyname>(crypto(), "EVP_get_digestbyname")(a);
}
void OPENSSL_cleanse(void* a, size_t b) { real<OPENSSL_cleanse>(crypto(), "OPENSSL_cleanse")(a, b); }
X509* PEM_read_bio_X509(BIO* a, X509** b, pem_password_cb* c, void* d) {
  return real<PEM_read_bio_X509>(crypto(), "PEM_read_bio_X509")(a, b, c, d);
}
int X509_NAME_get_text_by_NID(const X509_NAME* a, int b, char* c, int d) {
  return real<X509_NAME_get_text_by_NID>(crypto(), "X509_NAME_get_text_by_NID")(a, b, c, d);
}
int X509_VERIFY_PARAM_set1_ip_asc(X509_VERIFY_PARAM* a, const char* b) {
  return real<X509_VERIFY_PARAM_set1_ip_asc>(crypto(), "X509_VERIFY_PARAM_set1_ip_asc")(a, b);
}
void X509_free(X509* a) { real<X509_free>(crypto(), "X509_free")(a); }
const ASN1_TIME* X509_get0_notAfter(const X509* a) {
  return real<X509_get0_notAfter>(crypto(), "X509_get0_notAfter")(a);
}
const ASN1_TIME* X509_get0_notBefore(const X509* a) {
  return real<X509_get0_notBefore>(crypto(), "X509_get0_notBefore")(a);
}
const char* X509_get_default_cert_dir() {
  return real<X509_get_default_cert_dir>(crypto(), "X509_get_default_cert_dir")();
}
const char* X509_get_default_cert_file() {
  return real<X509_get_default_cert_file>(crypto(), "X509_get_default_cert_file")();
}
X509_NAME* X509_get_subject_name(const X509* a) {
  return real<X509_get_subject_name>(crypto(), "X509_get_subject_name")(a);
}
const char* X509_verify_cert_error_string(long a) {
  return real<X509_verify_cert_error_string>(crypto(), "X509_verify_cert_error_string")(a);
}

int SSL_CTX_check_private_key(const SSL_CTX* a) {
  return real<SSL_CTX_check_private_key>(ssl(), "SSL_CTX_check_private_key")(a);
}
long SSL_CTX_ctrl(SSL_CTX* a, int b, long c, void* d) {
  return real<SSL_CTX_ctrl>(ssl(), "SSL_CTX_ctrl")(a, b, c, d);
}
void SSL_CTX_free(SSL_CTX* a) { real<SSL_CTX_free>(ssl(), "SSL_CTX_free")(a); }
int SSL_CTX_load_verify_locations(SSL_CTX* a, const char* b, const char* c) {
  return real<SSL_CTX_load_verify_locations>(ssl(), "SSL_CTX_load_verify_locations")(a, b, c);
}
SSL_CTX* SSL_CTX_new(const SSL_METHOD* a) { return real<SSL_CTX_new>(ssl(), "SSL_CTX_new")(a); }
void SSL_CTX_set_client_CA_list(SSL_CTX* a, STACK_OF(X509_NAME) * b) {
  real<SSL_CTX_set_client_CA_list>(ssl(), "SSL_CTX_set_client_CA_list")(a, b);
}
int SSL_CTX_set_default_verify_paths(SSL_CTX* a) {
  return real<SSL_CTX_set_default_verify_paths>(ssl(), "SSL_CTX_set_default_verify_paths")(a);
}
int SSL_CTX_set_num_tickets(SSL_CTX* a, size_t b) {
  return real<SSL_CTX_set_num_tickets>(ssl(), "SSL_CTX_set_num_tickets")(a, b);
}
uint64_t SSL_CTX_set_options(SSL_CTX* a, uint64_t b) {
  return real<SSL_CTX_set_options>(ssl(), "SSL_CTX_set_options")(a, b);
}
int SSL_CTX_set_session_id_context(SSL_CTX* a, const unsigned char* b, unsigned int c) {
  return real<SSL_CTX_set_session_id_context>(ssl(), "SSL_CTX_set_session_id_context")(a, b, c);
}
void SSL_CTX_set_verify(SSL_CTX* a, int b, SSL_verify_cb c) {
  real<SSL_CTX_set_verify>(ssl(), "SSL_CTX_set_verify")(a, b, c);
}
int SSL_CTX_use_PrivateKey_file(SSL_CTX* a, const char* b, int c) {
  return real<SSL_CTX_use_PrivateKey_file>(ssl(), "SSL_CTX_use_PrivateKey_file")(a, b, c);
}
int SSL_CTX_use_certificate_chain_file(SSL_CTX* a, const char* b) {
  return real<SSL_CTX_use_certificate_chain_file>(ssl(), "SSL_CTX_use_certificate_chain_file")(a, b);
}
long SSL_ctrl(SSL* a, int b, long c, void* d) { return real<SSL_ctrl>(ssl(), "SSL_ctrl")(a, b, c, d); }
int SSL_do_handshake(SSL* a) { return real<SSL_do_handshake>(ssl(), "SSL_do_handshake")(a); }
void SSL_free(SSL* a) { real<SSL_free>(ssl(), "SSL_free")(a); }
X509_VERIFY_PARAM* SSL_get0_param(SSL* a) { return real<SSL_get0_param>(ssl(), "SSL_get0_param")(a); }
X509* SSL_get0_peer_certificate(const SSL* a) {
  return real<SSL_get0_peer_certificate>(ssl(), "SSL_get0_peer_certificate")(a);
}
int SSL_get_error(const SSL* a, int b) { return real<SSL_get_error>(ssl(), "SSL_get_error")(a, b); }
int SSL_get_shutdown(const SSL* a) { return real<SSL_get_shutdown>(ssl(), "SSL_get_shutdown")(a); }
long SSL_get_verify_result(const SSL* a) {
  return real<SSL_get_verify_result>(ssl(), "SSL_get_verify_result")(a);
}
int SSL_is_init_finished(const SSL* a) {
  return real<SSL_is_init_finished>(ssl(), "SSL_is_init_finished")(a);
}
STACK_OF(X509_NAME) * SSL_load_client_CA_file(const char* a) {
  return real<SSL_load_client_CA_file>(ssl(), "SSL_load_client_CA_file")(a);
}
SSL* SSL_new(SSL_CTX* a) { return real<SSL_new>(ssl(), "SSL_new")(a); }
int SSL_read(SSL* a, void* b, int c) { return real<SSL_read>(ssl(), "SSL_read")(a, b, c); }
int SSL_set1_host(SSL* a, const char* b) { return real<SSL_set1_host>(ssl(), "SSL_set1_host")(a, b); }
void SSL_set_accept_state(SSL* a) { real<SSL_set_accept_state>(ssl(), "SSL_set_accept_state")(a); }
void SSL_set_bio(SSL* a, BIO* b, BIO* c) { real<SSL_set_bio>(ssl(), "SSL_set_bio")(a, b, c); }
void SSL_set_connect_state(SSL* a) { real<SSL_set_connect_state>(ssl(), "SSL_set_connect_state")(a); }
int SSL_shutdown(SSL* a) { return real<SSL_shutdown>(ssl(), "SSL_shutdown")(a); }
int SSL_write(SSL* a, const void* b, int c) { return real<SSL_write>(ssl(), "SSL_write")(a, b, c); }
const SSL_METHOD* TLS_client_method() { return real<TLS_client_method>(ssl(), "TLS_client_method")(); }
const SSL_METHOD* TLS_server_method() { return real<TLS_server_method>(ssl(), "TLS_server_method")(); }
// NOLINTEND(readability-identifier-naming)
