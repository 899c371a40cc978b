#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "agent/error.hpp"
#include "base/ip_bytes.hpp"
#include "net/certificate_refused.hpp"
#include "net/system_authorities.hpp"

namespace agent::net {
namespace {

std::string text_of(unsigned long code) {
  if (code == 0) return "unknown error";
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

std::string last_error() {
  unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  return text_of(code);
}

// The first error of a file is the cause, such as the system's "Permission denied"; the ones behind it say
// only which part of OpenSSL could not go on ("system lib", "PEM lib").
[[noreturn]] void fail_file(const std::string& what, const std::string& path) {
  const unsigned long cause = ERR_get_error();
  ERR_clear_error();
  throw Error(Errc::bad_config, what + " " + path + ": " + text_of(cause));
}

CertificateRefused::Cause cause_of(long verdict) {
  using Cause = CertificateRefused::Cause;
  switch (verdict) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED: return Cause::authority;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return Cause::name;
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED: return Cause::time;
    default: return Cause::other;
  }
}

// The network as OpenSSL sees it: reads from what has arrived, writes onto what is to be sent. Unlike
// OpenSSL's own memory BIO it holds no buffer between calls.
struct Wire {
  std::span<const char> in;
  std::string* out = nullptr;
};

int wire_write(BIO* bio, const char* data, int length) {
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  if (wire->out == nullptr) return -1;
  wire->out->append(data, static_cast<std::size_t>(length));
  return length;
}

int wire_read(BIO* bio, char* data, int length) {
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire->in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::size_t n = std::min(wire->in.size(), static_cast<std::size_t>(length));
  std::memcpy(data, wire->in.data(), n);
  wire->in = wire->in.subspan(n);
  return static_cast<int>(n);
}

long wire_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* wire_method() {
  static BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    BIO_meth_set_write(made, wire_write);
    BIO_meth_set_read(made, wire_read);
    BIO_meth_set_ctrl(made, wire_control);
    return made;
  }();
  return method;
}

}  // namespace

struct TlsContext::Impl {
  SSL_CTX* context = nullptr;
  ~Impl() {
    if (context != nullptr) SSL_CTX_free(context);
  }

  void make(const SSL_METHOD* method) {
    ERR_clear_error();
    context = SSL_CTX_new(method);
    if (context == nullptr) throw Error(Errc::io, "TLS: " + last_error());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(context, 1);
  }

  void load_identity(const TlsFiles& files) {
    if (files.cert.empty() && files.key.empty()) return;
    if (SSL_CTX_use_certificate_chain_file(context, files.cert.c_str()) != 1)
      fail_file("certificate", files.cert);
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
      fail_file("private key", files.key);
    }
    if (SSL_CTX_check_private_key(context) != 1)
      fail_file("private key does not fit the certificate:", files.key);
  }

  void load_authorities(const std::string& path) {
    if (SSL_CTX_load_verify_locations(context, path.c_str(), nullptr) != 1)
      fail_file("certificate authority", path);
  }

  void load_system_authorities() {
    SSL_CTX_set_default_verify_paths(context);
    SystemAuthorities found =
        find_system_authorities(X509_get_default_cert_file(), X509_get_default_cert_dir());
    if (!found.bundle.empty()) load_authorities(found.bundle);
    looked_for = std::move(found.looked_for);
  }

  std::string looked_for;  // authorities of the system, when there are none
};

TlsContext::TlsContext() : impl_(std::make_unique<Impl>()) {}
TlsContext::~TlsContext() = default;

std::shared_ptr<TlsContext> TlsContext::server(const TlsFiles& files) {
  std::shared_ptr<TlsContext> made(new TlsContext);
  Impl& impl = *made->impl_;
  impl.make(TLS_server_method());
  if (files.cert.empty()) throw Error(Errc::bad_config, "a TLS server needs a certificate");
  impl.load_identity(files);
  SSL_CTX_set_session_id_context(impl.context, reinterpret_cast<const unsigned char*>("agent"), 5);
  if (!files.ca.empty()) {
    impl.load_authorities(files.ca);
    SSL_CTX_set_client_CA_list(impl.context, SSL_load_client_CA_file(files.ca.c_str()));
    SSL_CTX_set_verify(impl.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

std::shared_ptr<TlsContext> TlsContext::client(const TlsFiles& files) {
  std::shared_ptr<TlsContext> made(new TlsContext);
  Impl& impl = *made->impl_;
  impl.make(TLS_client_method());
  impl.load_identity(files);
  if (files.ca.empty())
    impl.load_system_authorities();
  else
    impl.load_authorities(files.ca);
  SSL_CTX_set_verify(impl.context, SSL_VERIFY_PEER, nullptr);
  return made;
}

struct Tls::Impl {
  std::shared_ptr<TlsContext> context;
  SSL* ssl = nullptr;
  BIO* bio = nullptr;
  bool is_server = false;
  Wire wire;

  ~Impl() {
    if (ssl != nullptr) SSL_free(ssl);
  }

  void set_server_name(const std::string& name) {
    if (parse_ip(name)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    } else {
      SSL_set_tlsext_host_name(ssl, name.c_str());
      SSL_set1_host(ssl, name.c_str());
    }
  }

  void advance_handshake() {
    int result = SSL_do_handshake(ssl);
    if (result != 1) check(result, "TLS handshake: ");
  }

  [[noreturn]] void refuse(long verdict, const std::string& what) const {
    ERR_clear_error();
    std::string message = what + "certificate: " + X509_verify_cert_error_string(verdict);
    const CertificateRefused::Cause cause = cause_of(verdict);
    const std::string& looked_for = context->impl_->looked_for;
    if (cause == CertificateRefused::Cause::authority && !looked_for.empty())
      message += "; this system has no authorities in " + looked_for;
    throw CertificateRefused(cause, message);
  }

  // Throws unless the call only wants more input.
  void check(int result, const std::string& what) {
    int error = SSL_get_error(ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_ZERO_RETURN)
      return;
    long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) refuse(verdict, what);
    unsigned long code = ERR_peek_last_error();
    bool alert = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET;
    bool no_certificate = ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
    throw Error(alert || no_certificate ? Errc::denied : Errc::bad_message, what + last_error());
  }

  void read_plain(std::string& plain) {
    constexpr std::size_t kRecord = 16 * 1024;
    for (;;) {
      std::size_t used = plain.size();
      plain.resize(used + kRecord);
      int n = SSL_read(ssl, plain.data() + used, kRecord);
      plain.resize(used + static_cast<std::size_t>(std::max(n, 0)));
      if (n <= 0) {
        check(n, "TLS: ");
        return;
      }
    }
  }
};

Tls::Tls(std::shared_ptr<TlsContext> context, bool is_server, const std::string& server_name)
    : impl_(std::make_unique<Impl>()) {
  impl_->context = std::move(context);
  impl_->is_server = is_server;
  impl_->ssl = SSL_new(impl_->context->impl_->context);
  impl_->bio = BIO_new(wire_method());
  if (impl_->ssl == nullptr || impl_->bio == nullptr) throw std::bad_alloc();
  BIO_set_data(impl_->bio, &impl_->wire);
  BIO_set_init(impl_->bio, 1);
  SSL_set_bio(impl_->ssl, impl_->bio, impl_->bio);
  if (is_server) {
    SSL_set_accept_state(impl_->ssl);
  } else {
    SSL_set_connect_state(impl_->ssl);
    impl_->set_server_name(server_name);
  }
}

Tls::~Tls() = default;

void Tls::start(std::string& wire_out) {
  if (impl_->is_server) return;
  impl_->wire.out = &wire_out;
  impl_->advance_handshake();
  impl_->wire.out = nullptr;
}

void Tls::decrypt(std::span<const char> wire_in, std::string& plain, std::string& wire_out) {
  ERR_clear_error();
  impl_->wire.in = wire_in;
  impl_->wire.out = &wire_out;
  if (!is_established()) impl_->advance_handshake();
  if (is_established()) impl_->read_plain(plain);
  impl_->wire = {};
}

void Tls::encrypt(std::string_view plain, std::string& wire_out) {
  constexpr std::size_t kMost = 1u << 30;
  ERR_clear_error();
  impl_->wire.out = &wire_out;
  while (!plain.empty()) {
    int n = SSL_write(impl_->ssl, plain.data(), static_cast<int>(std::min(plain.size(), kMost)));
    if (n <= 0) {
      impl_->check(n, "TLS: ");
      break;
    }
    plain.remove_prefix(static_cast<std::size_t>(n));
  }
  impl_->wire.out = nullptr;
}

void Tls::finish(std::string& wire_out) {
  impl_->wire.out = &wire_out;
  SSL_shutdown(impl_->ssl);
  ERR_clear_error();
  impl_->wire.out = nullptr;
}

bool Tls::is_established() const { return SSL_is_init_finished(impl_->ssl) == 1; }

bool Tls::is_finished() const { return (SSL_get_shutdown(impl_->ssl) & SSL_RECEIVED_SHUTDOWN) != 0; }

std::string Tls::peer_name() const {
  X509* certificate = SSL_get0_peer_certificate(impl_->ssl);
  if (certificate == nullptr) return {};
  char name[256];
  int length =
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return length > 0 ? std::string(name, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace agent::net
