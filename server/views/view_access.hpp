// ViewAccess: who may read what by the source address (views.auth = lain; cluster reference, A.7), and who
// sees secret names. Pure functions; any thread.
//
//   super   loopback, this server's own address, and the containers of apps that config/super_apps/<app>
//   names an app  its own containers, and those whose app depends on it (deployd/depends)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "views/cluster_view.hpp"

namespace server::views {

// The app that an address belongs to: by its pod groups, else the service whose shared pod has it.
std::optional<std::string> app_of(const ClusterState& state, std::string_view address);
bool is_super(const ClusterState& state, const ViewOptions& options, std::string_view address);
// Whether a caller who is not super may read this app.
bool may_read(const ClusterState& state, std::string_view address, std::string_view app);

// What a caller's request may be answered with: `text`, its parameter, may be narrowed to the caller's own
// app.
struct Admission {
  std::string refusal{};  // "": admitted
  std::string text{};
  bool shows_secrets = true;
};
// Without options.lain_access everybody may read every view. Secret names are for super callers in any case.
Admission admit(const ClusterView& view, const ClusterState& state, const ViewOptions& options,
                std::string_view address, std::string text);

}  // namespace server::views
