// TerminalLink: the way from this keyboard to a task's terminal (docs/terminals.md), over as many connections
// as it takes: each byte of output is shown once, and each key that is typed arrives once.
//
// Belongs to its loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/json_value.hpp"
#include "agent/task.hpp"
#include "agentctl/api_client.hpp"
#include "agentctl/local_terminal.hpp"
#include "agentctl/task_end.hpp"
#include "agentctl/task_name.hpp"
#include "net/websocket.hpp"

namespace agentctl {

struct LinkOptions {
  std::function<void(std::string_view)> show;    // output
  std::function<void(const std::string&)> tell;  // a line for the person
  std::optional<std::uint64_t> offset{};         // of the output; none: the last screens
  bool watch = false;                            // never type
  bool is_met = false;  // the server is known to be there, so that a first attempt may fail, too
};

class TerminalLink : public std::enable_shared_from_this<TerminalLink> {
 public:
  // The client outlives it.
  TerminalLink(ApiClient& api, TaskName name, LinkOptions options);
  TerminalLink(const TerminalLink&) = delete;
  TerminalLink& operator=(const TerminalLink&) = delete;

  // Until the command is over. Comes back after each loss, for ever: whoever waits leaves. Throws ApiError
  // for what no further attempt can change, what `show` throws, and why the first attempt failed.
  static agent::Task<TaskEnd> run(std::shared_ptr<TerminalLink> self);

  // Keys: sent now, and again until the server has taken them.
  void type(std::string_view keys);
  void resize(LocalSize size);
  void take_over();
  // The server does not take what was typed long ago: whoever reads keys waits.
  bool is_congested() const { return untaken_.size() > kMostUntaken; }

 private:
  static constexpr std::size_t kMostUntaken = 256 * 1024;
  static agent::Task<> visit(std::shared_ptr<TerminalLink> self);
  static agent::Task<> watch_silence(std::shared_ptr<TerminalLink> self);
  std::string path() const;
  void take(const std::string& message);
  void take_output(std::string_view bytes);
  void go_to(std::uint64_t offset);
  void send_seen();
  void take_news(const std::string& text);
  void greet(agent::json::Value hello);
  void note_typed(std::uint64_t typed);
  void tell_writer(agent::json::Value news);
  void tell_state(agent::json::Value news);
  void send(const std::string& json);
  void send_size();
  void send_keys();

  ApiClient& api_;
  const TaskName name_;
  const LinkOptions options_;
  const std::string client_;
  std::unique_ptr<agent::net::WebSocket> socket_;  // while there is a connection
  std::optional<std::uint64_t> shown_;             // bytes of the output
  std::uint64_t next_ = 0;                         // offset of the byte that comes next
  std::uint64_t seen_ = 0;                         // the last one that was told
  std::string untaken_;                            // keys that the server may not have
  std::size_t sent_ = 0;                           // of them, over this connection or the last one
  std::uint64_t taken_ = 0;                        // bytes before them
  LocalSize size_;
  std::optional<TaskEnd> end_;
  std::string state_;
  int meetings_ = 0;       // connections that got as far as the server's first word
  bool is_ready_ = false;  // it has said who types
  bool is_writer_ = false;
};

}  // namespace agentctl
