// CommandLink: what ties a command to one session of its agent. A command has a new one after each reconnect,
// so that late news of the old session are told apart. Belongs to the loop of both.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "hub/agent_session.hpp"
#include "hub/receiver.hpp"

namespace server {

class Command;

class CommandLink final : public Receiver, public std::enable_shared_from_this<CommandLink> {
 public:
  CommandLink(std::shared_ptr<Command> command, std::shared_ptr<Session> session);

  Session& session() const { return *session_; }
  const std::shared_ptr<Session>& shared_session() const { return session_; }
  const std::string& tid() const override;
  // Gives the request to the agent; its replies come to the command from then on.
  void open(std::string_view request);
  // They come from now on, and the agent is told so.
  void join(std::string ack);
  // They do not come any more.
  void close();

  // ---- for the session

  bool has_room(std::size_t bytes) const override;
  bool pauses() const override { return true; }
  void put(agent::Envelope envelope, std::size_t bytes) override;
  void end(CallEnd end) override;

 private:
  const std::shared_ptr<Command> command_;
  const std::shared_ptr<Session> session_;
};

}  // namespace server
