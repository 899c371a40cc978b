// Connection: one client's TCP connection, from its first byte until it closes or becomes a WebSocket.
//
// Requests are answered one after the other, in order. Belongs to its loop.
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
#include "http/request.hpp"
#include "net/byte_stream.hpp"
#include "net/http.hpp"

namespace server {

struct Admitted;

class Connection final : public BodySource, public BodyWriter {
 public:
  Connection(std::shared_ptr<ConnectionTable> table, std::unique_ptr<agent::net::Stream> stream,
             int descriptor);
  ~Connection() override;

  // Until the end of the connection or its upgrade. Never throws.
  agent::Task<> serve();
  // Cancels serve() and with it the handler that runs.
  asio::cancellation_signal& signal() { return signal_; }

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

  // What is waited for, and thus what a passed deadline means.
  enum class Phase { handshake, idle, head, body, handler, streaming, writing, draining, ended };

  agent::Task<std::string> read() override;
  agent::Task<> skip_body() override;
  bool has_parted() const override;
  void write(std::string_view piece) override;
  agent::Task<> room() override;
  bool client_gone() const override { return client_gone_; }

  agent::Task<bool> serve_request();
  void begin_request(agent::net::HttpHead head);
  agent::Task<Reply> answer();
  agent::Task<bool> serve_upgrade();
  void start_agent(Admitted admitted);
  agent::Task<> write_reply(Reply reply, bool keep_alive);
  agent::Task<> write_stream(Reply reply, bool keep_alive);
  // True when the next request can be read.
  agent::Task<bool> drain_body();
  bool can_drain() const;
  bool ends_by_close(const Reply& reply) const;
  bool is_agent_path() const;
  // The answer to those who may not ask (origin.hpp); sets what every answer says about that.
  std::optional<Reply> refuse_strangers();
  bool is_handling() const;
  bool is_body_late(agent::net::Clock::time_point now) const;

  void append_head(const Reply& reply, bool keep_alive, std::optional<std::uint64_t> length);
  void end_with(int status, std::string_view text);
  void enter(Phase phase);
  void enter(Phase phase, std::chrono::milliseconds limit);
  // Waits for more of the body.
  agent::Task<std::string> next_piece(Phase phase);

  std::shared_ptr<ConnectionTable> table_;
  std::unique_ptr<agent::net::Stream> stream_;  // null after the upgrade
  int descriptor_;
  agent::net::HttpReader reader_;
  std::optional<Request> request_;
  std::vector<std::pair<std::string, std::string>> origin_headers_;  // of every reply to this request
  std::string remote_address_;
  asio::cancellation_signal signal_;
  agent::net::Clock::time_point deadline_ = agent::net::Clock::time_point::max();
  LeastRate body_rate_;
  std::uint64_t bytes_out_ = 0;  // at the last check while writing
  std::size_t position_ = 0;     // in the table
  Phase phase_ = Phase::handshake;
  bool expects_continue_ = false;
  bool answered_ = false;  // the request, or its answer is on its way
  bool chunked_ = false;
  bool half_closed_ = false;  // the client has shut its sending half
  bool client_gone_ = false;
  bool probed_ = false;
};

}  // namespace server
