// EtcdStream: a connection to one member on which a watch's lines come.
//
// Questions may follow the first message while lines come, if the server reads on while it answers. Go's
// server does so for a request with "Expect: 100-continue" only; a proxy between us may wait for the end of
// the request for ever, and then there is the other mode.
//
// Belongs to its loop. Destroying it closes the connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/byte_stream.hpp"
#include "net/dial.hpp"
#include "net/http.hpp"
#include "store/store_watch.hpp"

namespace server::store {

class EtcdStream {
 public:
  enum class Mode {
    questions,  // a chunked upload that does not end: send() may be called
    one,        // the first message is all
  };
  // Bytes of a line. etcd sends what is larger than a request may be in pieces ("fragment").
  static constexpr std::size_t kMostLine = std::size_t{64} << 20;

  // Throws as dial_stream().
  static agent::Task<std::unique_ptr<EtcdStream>> connect(agent::net::Loop& loop,
                                                          agent::net::DialOptions dial);
  // Asks; the status of the answer was a success. Throws EtcdError, and timeout, also when the server waits
  // for the end of questions. `token` "" = none. Once.
  agent::Task<> begin(std::string token, std::string message, Mode mode, Time deadline);

  // Does nothing in the other mode.
  void send(std::string_view message);
  // The next line, without its end. Throws disconnected (also for half a line), timeout, too_large,
  // bad_message.
  agent::Task<std::string> line();
  // Whoever waits gets timeout then, at most a second later.
  void expires_at(Time deadline) { stream_->expires_at(deadline); }
  // Whoever waits gets disconnected.
  void close() { stream_->close(); }

 private:
  EtcdStream(std::unique_ptr<agent::net::Stream> stream, std::string host);
  std::string head(const std::string& token, std::string_view message) const;
  agent::Task<> expect_success();

  std::unique_ptr<agent::net::Stream> stream_;
  agent::net::HttpReader reader_;
  const std::string host_;
  Mode mode_ = Mode::one;
  std::string rest_;
  std::size_t searched_ = 0;  // bytes of rest_ that have no line's end
};

}  // namespace server::store
