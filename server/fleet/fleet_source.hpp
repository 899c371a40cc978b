// FleetSource: what this server knows of its agents, as the state of a board: which are connected, their
// tasks, and the layouts.
//
//   /fleet/agents/<id>         a connected agent
//   /fleet/tasks/<agent>/<id>  a command that runs or whose result is kept
//   /fleet/layouts/<id>        a layout of the last hour
//
// It looks twice a second while somebody reads, and not at all otherwise. Shards are not locked: each is
// asked on its loop, all at the same time.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "commands/command_table.hpp"
#include "commands/layout.hpp"
#include "hub/hub.hpp"
#include "net/offload.hpp"
#include "views/view_source.hpp"

namespace server::fleet {

inline constexpr const char* kPrefix = "/fleet";
inline constexpr std::chrono::milliseconds kLookPeriod{500};

class FleetSource final : public views::ViewSource {
 public:
  // All of these outlive it.
  FleetSource(Hub& hub, const CommandTable& commands, const Layouts& layouts);

  std::unique_ptr<store::View> view(const views::ViewBoard& board) override;
  std::string id() const override { return id_; }
  bool is_on_demand() const override { return true; }
  void look() override;

 private:
  class View;
  // Keys and values as they are now.
  using Values = std::map<std::string, std::string>;

  using Records = std::vector<CommandRecord>;

  agent::Task<std::optional<store::Snapshot>> look_around(agent::net::Loop* here);
  Values values_of(const std::vector<Records>& shards) const;
  store::Item item_of(const std::string& key, std::string value) const;
  // Nothing: it is as it was at the last look.
  std::optional<store::Snapshot> next(Values values);

  Hub& hub_;
  const CommandTable& commands_;
  const Layouts& layouts_;
  const std::string id_;

  // ---- the loop that follows

  bool is_asked_ = false;
  agent::Event asked_;

  // ---- the look that goes on

  std::optional<std::map<std::string, store::Item>> items_;  // of the last look
  store::Revision revision_;                                 // begins above those of earlier processes
  agent::net::Offload pool_{1};                              // ends first
};

}  // namespace server::fleet
