// ListeningSocket: an address that is listened on, as long as the object lives.
//
// The file of a unix socket is made with its permissions and goes with the object, unless somebody has put
// another one in its place. One that nobody listens on any more is replaced; one that somebody listens on,
// and what is no socket, are errors and stay as they are.
#pragma once

#include <agent/files.hpp>
#include <cstdint>
#include <string>

#include "input_file.hpp"
#include "stream_source.hpp"

namespace logkit {

class ListeningSocket {
 public:
  // Throws Errc::io with the system's reason, Errc::busy for an address in use, and Errc::denied for a unix
  // socket outside of `roots`.
  ListeningSocket(const SocketOptions& options, const agent::AllowedDirectories& roots);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  // Does not block.
  int descriptor() const { return descriptor_; }
  // With the port that it has.
  const StreamAddress& address() const { return address_; }
  // The file of a unix socket is still there, so that others find it.
  bool is_in_place() const;

 private:
  void open(const SocketOptions& options);
  void bind_network();
  void bind_file(const SocketOptions& options, const agent::AllowedDirectories& roots);
  void replace_stale() const;
  void close();

  StreamAddress address_;
  int descriptor_ = -1;
  FileKey file_;  // of a unix socket
};

}  // namespace logkit
