// Connection: one client's TCP connection, from its first byte until it closes or becomes a WebSocket.
//
// Requests are answered one after the other, in order. Belongs to its loop; when a request is about an agent
// of another loop, the whole connection moves there before the request is handled.
#pragma once

#include <asio/cancellation_signal.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/task.hpp"
#include "http/body_writer.hpp"
#include "http/connection_table.hpp"
#include "http/least_rate.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"
#include "net/byte_stream.hpp"
#include "net/http.hpp"

namespace server {

struct Admitted;

class Connection final : public BodySource,
                         public BodyWriter,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<ConnectionTable> table, std::unique_ptr<agent::net::Stream> stream,
             int descriptor);
  ~Connection() override;

  // Until the end of the connection or its upgrade, or until it is bound for another loop. Never throws.
  agent::Task<> serve();
  // What cancels the next serve() and with it the handler that runs.
  std::shared_ptr<asio::cancellation_signal> renew_signal();

  // ---- from one loop to another, once serve() has ended

  bool is_bound_elsewhere() const { return bound_for_ != nullptr; }
  // On the old loop: leaves it, and is taken by the table that it is bound for.
  static void depart(std::shared_ptr<Connection> connection);
  // On the new loop.
  void arrive(std::shared_ptr<ConnectionTable> table);

  // ---- for the table's tick

  void check_deadline(agent::net::Clock::time_point now);
  // The socket while a request is handled, else -1. Makes TCP ask the client, at the first time.
  int descriptor_to_watch();
  // A reply could not be written to the client of the request that is handled.
  bool has_lost_client() const;
  // What poll(2) said about the socket.
  void take_events(short events);
  void client_left();
  void stop();
  // Ends the request that goes on, and the connection, if its token is revoked.
  void end_revoked();

 private:
  friend class ConnectionTable;

  // What is kept of a reply that is streamed, once its head is written.
  struct Body {
    decltype(Reply::stream) write;
    decltype(Reply::trailers) trailers;
  };

  // What is waited for, and thus what a passed deadline means.
  enum class Phase { handshake, idle, head, body, handler, streaming, writing, draining, upgraded, ended };

  agent::Task<std::string> read() override;
  std::optional<std::string> take_whole() override;
  agent::Task<> skip_body() override;
  bool has_parted() const override;
  void write(std::string_view piece) override;
  agent::Task<> room() override;
  bool client_gone() const override { return client_gone_; }

  // True: there is one to be answered here.
  agent::Task<bool> read_request();
  // True when the next one can be read.
  agent::Task<bool> answer_request();
  // The table on whose loop the request is to be handled; null: here.
  ConnectionTable* aim();
  void begin_request(agent::net::HttpHead head);
  // The connection becomes an agent's, or is refused.
  void serve_upgrade();
  void start_agent(Admitted admitted);
  // A client's WebSocket, on this connection's loop.
  agent::Task<> serve_socket(std::unique_ptr<Reply> reply);
  void end_socket(std::uint16_t code, std::string_view why);
  void write_reply(const Reply& reply, bool keep_alive);
  // The head of a streamed reply; its body is left in body_.
  void begin_stream(Reply& reply, bool keep_alive);
  // What is left in body_, whole; cut short.
  agent::Task<> write_body();
  void end_body();
  void cut_body();
  agent::Task<> drain_body();
  bool can_drain() const;
  bool ends_by_close(const Reply& reply) const;
  bool is_agent_path() const;
  // The answer to those who may not ask (origin.hpp); sets what every answer says about that.
  // What speaks against answering the request.
  std::unique_ptr<Reply> refuse();
  std::optional<Reply> refuse_strangers();
  bool is_handling() const;
  bool is_body_late(agent::net::Clock::time_point now) const;

  void append_head(const Reply& reply, bool keep_alive, std::optional<std::uint64_t> length);
  void end_with(int status, std::string_view text);
  void enter(Phase phase);
  void enter(Phase phase, std::chrono::milliseconds limit);
  // Waits for more of the body.
  agent::Task<std::string> next_piece(Phase phase);

  std::shared_ptr<ConnectionTable> table_;         // null between two loops
  std::unique_ptr<agent::net::Stream> stream_;     // null after the upgrade
  std::shared_ptr<agent::net::WebSocket> socket_;  // of a client, while it is served
  int descriptor_;
  agent::net::HttpReader reader_;
  std::optional<Request> request_;
  std::vector<std::pair<std::string, std::string>> origin_headers_;  // of every reply to this request
  std::unique_ptr<Body> body_;                                       // of the reply, while it is written
  std::string remote_address_;
  std::shared_ptr<asio::cancellation_signal> signal_;  // that of the coroutine that serves
  ConnectionTable* bound_for_ = nullptr;
  agent::net::Clock::time_point deadline_ = agent::net::Clock::time_point::max();
  LeastRate body_rate_;
  std::shared_ptr<HttpService> service_;
  std::uint64_t bytes_out_ = 0;  // at the last check while writing
  std::size_t position_ = 0;     // in the table
  Phase phase_ = Phase::handshake;
  bool has_arrived_ = false;  // with a request that is to be handled
  bool expects_continue_ = false;
  bool answered_ = false;                // the request, or its answer is on its way
  std::unique_ptr<RequestError> fault_;  // what end_with() has answered
  bool chunked_ = false;
  bool half_closed_ = false;  // the client has shut its sending half
  bool client_gone_ = false;
  bool probed_ = false;
};

}  // namespace server
