// TLS as a codec over memory buffers (OpenSSL): 16 KB per idle connection instead of 68 KB.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace agent::net {

// Files are PEM. Empty paths mean "not used".
struct TlsFiles {
  std::string ca;    // client: who may sign servers (empty: the system's store); server: who may sign clients
  std::string cert;  // own certificate chain
  std::string key;   // its private key
};

// TlsContext: what all connections of one kind share. Immutable after construction, any thread.
class TlsContext {
 public:
  // Throw Errc::bad_config naming the file that cannot be used.
  // A server with `files.ca` demands a client certificate (mTLS).
  static std::shared_ptr<TlsContext> server(const TlsFiles& files);
  static std::shared_ptr<TlsContext> client(const TlsFiles& files);

  ~TlsContext();

 private:
  friend class Tls;
  TlsContext();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Tls: one connection's cipher state. Belongs to its connection's loop.
class Tls {
 public:
  // For a client, `server_name` is checked against the server's certificate (host name or IP address).
  Tls(std::shared_ptr<TlsContext> context, bool is_server, const std::string& server_name = {});
  ~Tls();

  // Client: the first flight. Server: nothing yet.
  void start(std::string& wire_out);

  // Takes bytes from the network: appends what they decrypt to onto `plain`, and handshake answers onto
  // `wire_out`. Throws CertificateRefused, Errc::denied when the peer refuses us, Errc::bad_message for
  // anything that is not TLS.
  void decrypt(std::span<const char> wire_in, std::string& plain, std::string& wire_out);

  // Takes plain bytes, appends what goes to the network. Only after the handshake.
  void encrypt(std::string_view plain, std::string& wire_out);

  // Appends the close_notify alert.
  void finish(std::string& wire_out);

  bool is_established() const;
  // The peer said close_notify.
  bool is_finished() const;
  // Common name of the peer's certificate, "" without one.
  std::string peer_name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent::net
