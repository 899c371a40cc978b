#include "net/shown_certificate.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <optional>
#include <utility>

namespace agent::net {
namespace {

using SystemTime = std::chrono::system_clock::time_point;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Freed<SSL, SSL_free>>;

// A client that believes anybody and says nothing.
struct Looker {
  explicit Looker(const std::string& host) : context(SSL_CTX_new(TLS_client_method())), ssl(nullptr) {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    ssl.reset(SSL_new(context.get()));
    in = BIO_new(BIO_s_mem());
    out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), in, out);  // takes both
    const bool is_name =
        host.find(':') == std::string::npos && host.find_first_not_of("0123456789.") < host.size();
    if (is_name) SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    SSL_set_connect_state(ssl.get());
  }

  // A step of the handshake; what goes to the server.
  std::string step() {
    const int done = SSL_do_handshake(ssl.get());
    const int failure = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl.get(), done);
    ERR_clear_error();
    const bool goes_on = failure == SSL_ERROR_NONE || failure == SSL_ERROR_WANT_READ;
    if (!goes_on && !end()) throw Error(Errc::bad_message, "the server does not speak TLS as we do");
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

  std::optional<SystemTime> end() const {
    const X509* certificate = SSL_get0_peer_certificate(ssl.get());
    if (certificate == nullptr) return std::nullopt;
    std::tm utc{};
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &utc);
    return std::chrono::system_clock::from_time_t(::timegm(&utc));
  }

  Context context;
  Session ssl;
  BIO* in = nullptr;   // of the session
  BIO* out = nullptr;  // of the session
};

// The same place, without TLS of ours.
DialOptions plain(DialOptions options, const Address& address) {
  options.address = "ws://" + host_port(address);
  options.tls = nullptr;
  return options;
}

}  // namespace

Task<SystemTime> shown_certificate_end(Loop& loop, DialOptions options) {
  const Address address = parse_address(options.address);
  const Clock::time_point deadline = Clock::now() + options.timeout;
  DialOptions way = plain(std::move(options), address);
  const std::unique_ptr<Stream> stream = co_await dial_stream(loop, std::move(way), deadline);
  Looker looker(address.host);
  for (;;) {
    const std::string bytes = looker.step();
    if (const std::optional<SystemTime> end = looker.end()) co_return *end;
    stream->send(bytes);
    const std::span<char> answer = co_await stream->read();
    if (answer.empty()) throw Error(Errc::bad_message, "the server does not speak TLS as we do");
    BIO_write(looker.in, answer.data(), static_cast<int>(answer.size()));
  }
}

}  // namespace agent::net
